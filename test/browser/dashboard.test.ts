/** The dashboard in a real browser, against a platform that `caprock start` has started. */
import { parseUsd } from "@caprock/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endAll } from "../platform/start-command.ts";
import { promiseAccessiblePages } from "./accessible-pages.ts";
import { promiseAgreeingFigures } from "./agreeing-figures.ts";
import { findChromium } from "./chromium.ts";
import { openContextPolicy, reset, save, saveWrongly } from "./context-policy-form.ts";
import { OpenDashboard } from "./open-dashboard.ts";
import { cellsOf, femtoUsd } from "./shown-figures.ts";

/** About 30,000 tokens, which cost cents and not fractions of one. */
const longPrompt = "Count these words. ".repeat(8_000);
const chromium = findChromium();
if (chromium === undefined) {
  process.stderr.write(
    "\nBrowser tests are SKIPPED: no Chromium was found. Install one, or name it in CHROMIUM_PATH.\n\n",
  );
}

describe.skipIf(chromium === undefined)("in a browser", { timeout: 60_000 }, () => {
  let dashboard: OpenDashboard;
  let created: { tenantId: string; apiKey: string };

  beforeAll(async () => {
    dashboard = await OpenDashboard.start(chromium ?? "");
  }, 120_000);

  afterAll(async () => {
    await dashboard?.browser.close();
    await endAll();
  }, 60_000);

  test("a wrong token is told apart from the right one, which opens the overview", async () => {
    const { local, page, problems } = dashboard;
    const { dashboardUrl, adminToken } = local;
    await page.goto(dashboardUrl);
    const token = page.getByLabel("Admin token", { exact: true });
    await token.fill("not the token");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This is not the admin token of this deployment.").waitFor();
    // Chromium itself reports the 401; nothing else may be reported here or later.
    expect(problems.splice(0)).toEqual([expect.stringContaining("401")]);
    await token.fill(adminToken);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
  });

  test("a call made a moment ago shows as spend, beside its tenant's cap and in a receipt that multiplies out", async () => {
    const { local, page } = dashboard;
    const { dashboardUrl, adminToken, tenants } = local;
    const [tenant] = tenants;
    const { usage } = await dashboard.ask(tenant!.apiKey, longPrompt);
    // Claude Haiku 4.5 costs $1 per million tokens of input and $5 of output.
    const usd = `$${((usage!.prompt_tokens + 5 * usage!.completion_tokens) / 1_000_000).toFixed(2)}`;
    expect(usd).not.toBe("$0.00");
    await page.goto(`${dashboardUrl}/?again#token=${adminToken}`);
    const spend = page.getByRole("region", { name: "Spend", exact: true });
    await spend.getByText(usd).waitFor();
    expect(page.url()).not.toContain(adminToken);
    await page.getByRole("region", { name: "Requests" }).getByText("1", { exact: true }).waitFor();
    const bar = page.getByRole("progressbar", { name: `${tenant!.name}: spend against cap` });
    expect(await bar.getAttribute("aria-valuetext")).toContain(`${usd} of $10.00, `);
    expect(await page.getByRole("table", { name: "Spend by model" }).textContent()).toContain(
      "claude-haiku-4-5",
    );

    await page.getByRole("link", { name: tenant!.name }).click();
    await page.getByRole("tab", { name: "Ledger" }).click();
    await page
      .getByRole("table", { name: "Ledger entries" })
      .getByRole("button", { name: /^Receipt of req_/ })
      .click();
    const receipt = page.getByRole("table", { name: "Receipt" });
    const lines = await cellsOf(receipt.locator("tbody tr"));
    expect(lines.map(([tokenClass]) => tokenClass)).toEqual(["Input", "Output"]);
    let sum = 0n;
    for (const [, tokens = "", perMillion = "", cost = ""] of lines) {
      const exact = BigInt(tokens.replaceAll(",", "")) * parseUsd(perMillion.slice(1));
      expect(exact).toBe(femtoUsd(cost));
      sum += exact;
    }
    const [[, charged = ""] = []] = await cellsOf(receipt.locator("tfoot tr"));
    expect(parseUsd(charged.slice(1))).toBe((sum + 999_999n) / 1_000_000n);
    expect(`$${Number(charged.slice(1)).toFixed(2)}`).toBe(usd);
  });

  test("a tenant and a key are created, and the key shown once works", async () => {
    const { page } = dashboard;
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Tenants" }).click();
    await page.getByRole("button", { name: "New tenant" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Name").fill("Hooli Search");
    await form.getByLabel("Monthly cap").fill("0.01");
    await form.getByRole("button", { name: "Create tenant" }).click();
    await page.getByRole("heading", { name: "Hooli Search" }).waitFor();
    const tenantId = page.url().split("/").at(-1) ?? "";

    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("production");
    await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
    const shown = ((await page.getByTestId("created-key").textContent()) ?? "").trim();
    created = { tenantId, apiKey: shown };
    await page.getByRole("button", { name: "I have copied it" }).click();
    const keys = page.getByRole("table", { name: "API keys" });
    await keys.getByText("production").waitFor();
    expect(await page.content()).not.toContain(shown);
    expect((await dashboard.ask(shown, "Hello")).choices[0]?.message.content).toContain("Hello");
  });

  test("an edited cap, a revoked key and a suspended tenant count from the next call on", async () => {
    const { page } = dashboard;
    const { apiKey, tenantId } = created;
    await expect(dashboard.ask(apiKey, longPrompt)).rejects.toMatchObject({ code: "budget_exceeded" });
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByRole("dialog").getByLabel("Monthly cap").fill("25");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("of $25.00").waitFor();
    expect((await dashboard.ask(apiKey, longPrompt)).usage?.prompt_tokens).toBeGreaterThan(10_000);

    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("spare");
    await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
    const spare = ((await page.getByTestId("created-key").textContent()) ?? "").trim();
    await page.getByRole("button", { name: "I have copied it" }).click();
    await page.getByRole("button", { name: "Revoke production" }).click();
    await page.getByRole("button", { name: "Revoke key" }).click();
    await page
      .getByRole("table", { name: "API keys" })
      .getByText(/^Revoked/)
      .waitFor();
    await expect(dashboard.ask(apiKey, "Hello")).rejects.toMatchObject({ status: 401 });
    expect((await dashboard.ask(spare, "Hello")).choices).toHaveLength(1);

    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Tenants" }).click();
    const row = page.getByRole("table", { name: "Tenants" }).locator(`[data-tenant="${tenantId}"]`);
    await row.getByRole("button", { name: "Actions for Hooli Search" }).click();
    await page.getByRole("menuitem", { name: "Suspend" }).click();
    await page.getByRole("button", { name: "Suspend tenant" }).click();
    await row.getByText("Suspended").waitFor();
    await expect(dashboard.ask(spare, "Hello")).rejects.toMatchObject({ status: 403 });
  });

  test("a cap is raised for a while by an override, which says until when, by whom and why", async () => {
    const { local, page } = dashboard;
    const { dashboardUrl } = local;
    const { tenant, key } = await dashboard.newTenant({ name: "Vandelay Imports", monthlyCapUsd: "0.01" });
    await expect(dashboard.ask(key.apiKey, longPrompt)).rejects.toMatchObject({ code: "budget_exceeded" });
    await page.goto(`${dashboardUrl}/tenants/${tenant.id}`);
    await page.getByRole("tab", { name: "Limits" }).click();
    const cap = page.getByRole("list", { name: "Limits now" }).locator('[data-limit="monthly-cap"]');
    await cap.getByText("of $0.01").waitFor();
    await cap.getByRole("button", { name: "Override monthly-cap" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Amount").fill("25");
    await form.getByLabel("Reason").fill("Product launch");
    await form.getByRole("button", { name: "Add override" }).click();
    await cap.getByText("overridden until").waitFor();
    await cap.getByText("of $25.00").waitFor();
    const [[limit, amount, , authorAndReason] = []] = await cellsOf(
      page.getByRole("table", { name: "Overrides" }).locator("tbody tr"),
    );
    expect([limit, amount]).toEqual(["monthly-cap", "$25.00"]);
    expect(authorAndReason).toMatch(/^\S.*: Product launch$/);
    expect((await dashboard.ask(key.apiKey, longPrompt)).usage?.prompt_tokens).toBeGreaterThan(10_000);

    await page.getByRole("button", { name: "End the override of monthly-cap" }).click();
    await page.getByRole("button", { name: "End override" }).click();
    await cap.getByText("of $0.01").waitFor();
    await expect(dashboard.ask(key.apiKey, longPrompt)).rejects.toMatchObject({ code: "budget_exceeded" });
  });

  test("a context policy is changed in place, refused at the field that is wrong, and binds the next call", async () => {
    const { local, page, problems } = dashboard;
    const [tenant] = local.tenants;
    const form = await openContextPolicy(page, `${local.dashboardUrl}/tenants/${tenant!.id}`);
    await saveWrongly(form);
    // Chromium itself reports the 400.
    expect(problems.splice(0)).toEqual([expect.stringContaining("400")]);
    const contextPolicy = await save(form);
    expect(await dashboard.admin().readTenant({ params: { tenantId: tenant!.id } })).toMatchObject({
      contextPolicy,
    });
    const { usage } = await dashboard.ask(tenant!.apiKey, longPrompt);
    expect(usage?.prompt_tokens).toBeLessThan(contextPolicy.windowTokens);
    await reset(form);
  });

  test("a rotated key keeps its id and its spend, its earlier secret ends, and the audit log is whole", async () => {
    const { local, page } = dashboard;
    const { dashboardUrl } = local;
    const { tenant, key } = await dashboard.newTenant({ name: "Kramerica", monthlyCapUsd: "25" });
    await dashboard.ask(key.apiKey, "Hello");
    await page.goto(`${dashboardUrl}/tenants/${tenant.id}`);
    await page.getByRole("button", { name: "Rotate bot" }).click();
    const form = page.getByRole("dialog");
    await form.getByRole("combobox", { name: "The earlier secret still works for" }).click();
    await page.getByRole("option", { name: "Not at all" }).click();
    await form.getByRole("button", { name: "Rotate key" }).click();
    const shown = ((await page.getByTestId("created-key").textContent()) ?? "").trim();
    await page.getByRole("button", { name: "I have copied it" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await page.content()).not.toContain(shown);
    await expect(dashboard.ask(key.apiKey, "Hello")).rejects.toMatchObject({ status: 401 });
    await dashboard.ask(shown, "Hello");
    const keys = await cellsOf(page.getByRole("table", { name: "API keys" }).locator("tbody tr"));
    expect(keys.map(([name, application, id]) => [name, application, id])).toEqual([
      ["bot", "support", key.id],
    ]);
    const report = await dashboard
      .admin()
      .usageReport({ query: { tenant: tenant.id, groupBy: "key,application" } });
    expect(report.rows.map(({ group, requests }) => ({ ...group, requests }))).toEqual([
      { key: key.id, application: "support", requests: 2 },
    ]);

    await page.getByRole("tab", { name: "Audit log" }).click();
    await page.getByText(/^Verified: 3 entries intact/).waitFor();
    const entries = await cellsOf(page.getByRole("table", { name: "Audit log" }).locator("tbody tr"));
    expect(entries.map(([sequence, , , action]) => [sequence, action])).toEqual([
      ["3", "key.rotate"],
      ["2", "key.issue"],
      ["1", "tenant.create"],
    ]);
  });

  test("alert rules are changed, and pricing a month again tells what changes before it posts", async () => {
    const { local, page } = dashboard;
    const { dashboardUrl } = local;
    const params = { tenantId: created.tenantId };
    await page.goto(`${dashboardUrl}/tenants/${created.tenantId}`);
    await page.getByRole("tab", { name: "Alerts" }).click();
    await page.getByRole("button", { name: "Alert rules" }).click();
    const rules = page.getByRole("dialog");
    await rules.getByText("The default rules hold so far.").waitFor();
    await rules.getByLabel("Percent of a limit").fill("50, 90");
    await rules.getByRole("button", { name: "Save" }).click();
    await rules.waitFor({ state: "hidden" });
    expect(await dashboard.admin().readAlertRules({ params })).toMatchObject({
      percents: [50, 90],
      own: true,
    });

    await page.getByRole("tab", { name: "Statements" }).click();
    await page.getByRole("button", { name: "Price again" }).click();
    const rerate = page.getByRole("dialog");
    await rerate.getByLabel("Reason").fill("New prices");
    await rerate.getByRole("button", { name: "Show what changes" }).click();
    await rerate.getByText(/^0 of \d+ calls change, by \$0\.00 in all\./).waitFor();
    await rerate.getByRole("button", { name: "Post adjustments" }).click();
    await rerate.waitFor({ state: "hidden" });
    await page.getByText("Nothing of this month was adjusted.").waitFor();
  });

  promiseAgreeingFigures(() => dashboard);

  promiseAccessiblePages(() => dashboard);

  test("the reference lists the routes, and no page has asked anyone else for anything or reported an error", async () => {
    const { local, page, problems, requests } = dashboard;
    const { dashboardUrl } = local;
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "API reference" }).click();
    const reference = page.getByTestId("reference");
    await reference.locator(".opblock").first().waitFor();
    const operations = await reference.locator(".opblock").allInnerTexts();
    for (const path of ["/admin/v1/tenants", "/admin/v1/usage"]) {
      expect(operations.join("\n").replaceAll("\u200b", "")).toContain(path);
    }
    await reference.locator(".opblock").first().click();
    await reference.getByText("Responses").first().waitFor();
    expect(requests.length).toBeGreaterThan(10);
    expect(requests.filter((url) => !url.startsWith(`${dashboardUrl}/`) && !url.startsWith("data:"))).toEqual(
      [],
    );
    expect(problems).toEqual([]);
  });
});

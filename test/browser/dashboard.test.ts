/** The dashboard in a real browser, against a platform that `caprock start` has started. */
import { parseUsd } from "@caprock/domain";
import type OpenAI from "openai";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAiClient } from "../platform/clients.ts";
import { endAll, freePorts, newDataFolder, type Started, startCommand } from "../platform/start-command.ts";
import { findChromium, openBrowser } from "./chromium.ts";

const model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
/** About 30,000 tokens, which cost cents and not fractions of one. */
const longPrompt = "Count these words. ".repeat(8_000);
const chromium = findChromium();
if (chromium === undefined) {
  process.stderr.write(
    "\nBrowser tests are SKIPPED: no Chromium was found. Install one, or name it in CHROMIUM_PATH.\n\n",
  );
}

describe.skipIf(chromium === undefined)("in a browser", { timeout: 60_000 }, () => {
  let platform: Started;
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];
  const problems: string[] = [];
  let created: { tenantId: string; apiKey: string };

  beforeAll(async () => {
    [platform, browser] = await Promise.all([
      startCommand({ dataFolder: await newDataFolder(), ports: await freePorts() }),
      openBrowser(chromium ?? ""),
    ]);
    await fetch(`${platform.local.awsLocalUrl}/_aws-local/speed`, {
      method: "POST",
      body: JSON.stringify({ timeToFirstTokenMs: 0, tokensPerSecond: 0 }),
    });
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(20_000);
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        problems.push(`${message.text()} (${message.location().url})`);
      }
    });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await endAll();
  }, 60_000);

  test("a wrong token is told apart from the right one, which opens the overview", async () => {
    const { dashboardUrl, adminToken } = platform.local;
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
    const { dashboardUrl, adminToken, tenants } = platform.local;
    const [tenant] = tenants;
    const { usage } = await ask(tenant!.apiKey, longPrompt);
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
    expect((await ask(shown, "Hello")).choices[0]?.message.content).toContain("Hello");
  });

  test("an edited cap, a revoked key and a suspended tenant count from the next call on", async () => {
    const { apiKey, tenantId } = created;
    await expect(ask(apiKey, longPrompt)).rejects.toMatchObject({ code: "budget_exceeded" });
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("dialog").getByLabel("Monthly cap").fill("25");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("of $25.00").waitFor();
    expect((await ask(apiKey, longPrompt)).usage?.prompt_tokens).toBeGreaterThan(10_000);

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
    await expect(ask(apiKey, "Hello")).rejects.toMatchObject({ status: 401 });
    expect((await ask(spare, "Hello")).choices).toHaveLength(1);

    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Tenants" }).click();
    const row = page.getByRole("table", { name: "Tenants" }).locator(`[data-tenant="${tenantId}"]`);
    await row.getByRole("button", { name: "Actions for Hooli Search" }).click();
    await page.getByRole("menuitem", { name: "Suspend" }).click();
    await page.getByRole("button", { name: "Suspend tenant" }).click();
    await row.getByText("Suspended").waitFor();
    await expect(ask(spare, "Hello")).rejects.toMatchObject({ status: 403 });
  });

  test("the reference lists the routes, and no page has asked anyone else for anything or reported an error", async () => {
    const { dashboardUrl } = platform.local;
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

  /** A call as a tenant makes it; what is refused is not tried again. */
  function ask(apiKey: string, content: string): Promise<OpenAI.ChatCompletion> {
    const client = openAiClient(platform.local.apiUrl, { apiKey }).withOptions({ maxRetries: 0 });
    return client.chat.completions.create({ model, messages: [{ role: "user", content }], max_tokens: 200 });
  }
});

async function cellsOf(rows: Locator): Promise<string[][]> {
  const all = await rows.all();
  return Promise.all(
    all.map(async (row) => {
      const cells = await row.locator("th, td").allInnerTexts();
      return cells.map((text) => text.trim());
    }),
  );
}

/** Reads "$0.0000123" into femto-USD: a token's cost at a rate in whole nano-USD per million tokens. */
function femtoUsd(text: string): bigint {
  const [whole = "0", fraction = ""] = text.slice(1).split(".");
  return BigInt(whole) * 10n ** 15n + BigInt(fraction.padEnd(15, "0"));
}

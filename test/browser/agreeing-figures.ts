/** Every place that shows a month shows the same sums: cards, tables, files, the API and the ledger itself. */
import { formatUsd, parseUsd } from "@caprock/domain";
import { expect, test } from "vitest";
import type { OpenDashboard } from "./open-dashboard.ts";
import { cellsOf, inCents, sumColumn } from "./shown-figures.ts";
import { sumLedger } from "./written-month.ts";

/** Registers its tests; `open` gives the dashboard once they run. */
export function promiseAgreeingFigures(open: () => OpenDashboard): void {
  test.each(["Asia/Kolkata", "America/Los_Angeles"])(
    "a month in %s comes to the same on cards, in tables, in files, over the API and in the ledger",
    async (timeZone) => {
      const dashboard = open();
      const { local, page } = dashboard;
      const { dashboardUrl } = local;
      const month = "2026-11";
      await dashboard.writtenTenant();
      const tenantIds = (await dashboard.admin().listTenants({})).tenants.map(({ id }) => id);
      const ledger = await sumLedger(local, tenantIds, { month, timeZone });
      const exact = formatUsd(ledger.costNanoUsd);

      const query = { month, timeZone };
      const { totals } = await dashboard.admin().usageSummary({ query });
      expect(totals).toMatchObject({ costUsd: exact, requests: ledger.requests, tokens: ledger.usage });
      const report = await dashboard
        .admin()
        .usageReport({ query: { ...query, groupBy: "tenant,model,day" } });
      expect(report.totals).toMatchObject({ costUsd: exact, adjustmentUsd: formatUsd(0n) });

      await page.goto(`${dashboardUrl}/?month=${month}&timeZone=${encodeURIComponent(timeZone)}`);
      const spend = page.getByRole("region", { name: "Spend", exact: true });
      await page.getByText(`Days in ${timeZone}`).waitFor();
      await spend.getByText(inCents(ledger.costNanoUsd), { exact: true }).waitFor();
      const models = page.getByRole("table", { name: "Spend by model" });
      const [[, requests, , cost] = []] = await cellsOf(models.locator("tfoot tr"));
      expect([requests, cost]).toEqual([
        ledger.requests.toLocaleString("en-US"),
        inCents(ledger.costNanoUsd),
      ]);
      expect(sumColumn(await dashboard.download("CSV"), "costUsd")).toBe(ledger.costNanoUsd);

      const asked = new URLSearchParams({ groupBy: "tenant,day", ...query });
      await page.goto(`${dashboardUrl}/reports?${asked}`);
      const table = page.getByRole("table", { name: "Usage report" });
      await table.locator("tfoot").waitFor();
      const costColumn = (await table.locator("thead th").allInnerTexts()).indexOf("Cost");
      const rows = await cellsOf(table.locator("tbody tr"));
      const nanoUsd = (text: string | undefined) => parseUsd((text ?? "").replace(/[$,]/g, ""));
      expect(rows.reduce((sum, cells) => sum + nanoUsd(cells[costColumn]), 0n)).toBe(ledger.costNanoUsd);
      const [totalCells = []] = await cellsOf(table.locator("tfoot tr"));
      // The first cell spans the two that are grouped by.
      expect(nanoUsd(totalCells[costColumn - 1])).toBe(ledger.costNanoUsd);
      const file = await dashboard.download("CSV");
      expect(file.map(({ day }) => day)).toEqual(rows.map(([, day]) => day));
      expect(file.map(({ costUsd = "" }) => parseUsd(costUsd))).toEqual(
        rows.map((cells) => nanoUsd(cells[costColumn])),
      );
    },
  );

  test("the hour that comes twice has two rows, and a statement opens as a page of its own", async () => {
    const dashboard = open();
    const { local, page } = dashboard;
    const { dashboardUrl } = local;
    const tenant = await dashboard.writtenTenant();
    const asked = new URLSearchParams({
      ...{ groupBy: "hour", first: "2026-11-01", last: "2026-11-01" },
      ...{ timeZone: "America/Los_Angeles", tenant: tenant.id },
    });
    await page.goto(`${dashboardUrl}/reports?${asked}`);
    const rows = page.getByRole("table", { name: "Usage report" }).locator("tbody tr");
    await rows.first().waitFor();
    expect((await cellsOf(rows)).map(([hour, requests]) => [hour, requests])).toEqual([
      ["2026-11-01 00:00-07:00", "2"],
      ["2026-11-01 01:00-07:00", "2"],
      ["2026-11-01 01:00-08:00", "2"],
    ]);

    await page.goto(`${dashboardUrl}/tenants/${tenant.id}`);
    await page.getByRole("tab", { name: "Statements" }).click();
    const [statement] = await Promise.all([
      page.waitForEvent("popup"),
      page.getByRole("button", { name: "Open statement" }).click(),
    ]);
    await statement.getByText(tenant.name).first().waitFor();
    await statement.close();
  });
}

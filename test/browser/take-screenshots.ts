/** Takes the screenshots that the README shows, of a platform with a demo month. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { endAll, freePorts, newDataFolder, startCommand } from "../platform/start-command.ts";
import { findChromium, openBrowser } from "./chromium.ts";

const folder = fileURLToPath(new URL("../../apps/dashboard/screenshots/", import.meta.url));

const executablePath = findChromium();
if (executablePath === undefined) {
  process.stderr.write("No Chromium was found. Install one, or name it in CHROMIUM_PATH.\n");
  process.exit(1);
}
await mkdir(folder, { recursive: true });
const { local } = await startCommand({
  dataFolder: await newDataFolder(),
  ports: await freePorts(),
  options: ["--demo", "--fresh"],
});
const browser = await openBrowser(executablePath);
try {
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme });
    await page.goto(`${local.dashboardUrl}/#token=${local.adminToken}`);
    await page.getByRole("region", { name: "Spend", exact: true }).getByText("$").first().waitFor();
    await page.getByRole("table", { name: "Spend by model" }).waitFor();
    await page.getByTestId("forecast-sum").waitFor();
    await shoot(page, colorScheme === "light" ? "overview" : "overview-dark");
    if (colorScheme === "light") {
      await shootOtherPages(page);
    }
    await page.close();
  }
} finally {
  await browser.close();
  await endAll();
}

async function shootOtherPages(page: Page): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Reports" }).click();
  await page.getByRole("table", { name: "Usage report" }).locator("tfoot").waitFor();
  await shoot(page, "reports");

  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Tenants" }).click();
  const table = page.getByRole("table", { name: "Tenants" });
  await table.getByText("$").first().waitFor();
  await shoot(page, "tenants");

  await table.getByRole("link", { name: "Acme Support" }).click();
  await page.getByRole("tab", { name: "Ledger" }).click();
  const entries = page.getByRole("table", { name: "Ledger entries" });
  await entries
    .getByRole("button", { name: /^Receipt of/ })
    .nth(2)
    .click();
  await page.getByRole("table", { name: "Receipt" }).waitFor();
  await shoot(page, "tenant");
}

/** What is under the pointer and what still moves would differ from one time to the next. */
async function shoot(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  // Not `waitForFunction`: it evaluates inside the page, which its content policy forbids.
  await page.evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished))");
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
  process.stdout.write(`${join(folder, `${name}.png`)}\n`);
}

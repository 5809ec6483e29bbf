/** Every page can be read and used by everyone, as far as axe-core can tell: names, contrast, landmarks, headings. */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { OpenDashboard } from "./open-dashboard.ts";

/** Registers its tests; `open` gives the dashboard once they run. */
export function promiseAccessiblePages(open: () => OpenDashboard): void {
  test.each([
    ["no page, panel or window fails a rule of accessibility, or scrolls sideways on a phone", "light"],
    ["every word stands out from what is behind it in the dark", "dark"],
  ] as const)("%s", async (_, colorScheme) => {
    const { browser, local } = open();
    const [tenant] = local.tenants;
    const context = await browser.newContext({
      ...{ colorScheme, reducedMotion: "reduce", viewport: { width: 1440, height: 900 } },
      // The content policy would keep axe-core out of the page as well.
      bypassCSP: true,
    });
    const page = await context.newPage();
    const check = () => (colorScheme === "dark" ? expectContrast(page) : expectAccessible(page));
    await page.goto(local.dashboardUrl);
    await page.getByLabel("Admin token", { exact: true }).waitFor();
    await check();
    await page.goto(`${local.dashboardUrl}/#token=${local.adminToken}`);
    await page.getByRole("region", { name: "Spend", exact: true }).getByText("$").first().waitFor();
    await check();
    for (const name of ["Reports", "Tenants", "Platform"]) {
      await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click();
      await page.getByRole("heading", { name, level: 1 }).waitFor();
      await check();
    }
    await page.goto(`${local.dashboardUrl}/tenants/${tenant?.id}`);
    await page.getByRole("tab").first().waitFor();
    for (const tab of await page.getByRole("tab").all()) {
      await tab.click();
      await check();
    }
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByRole("dialog").waitFor();
    await check();
    await context.close();
  });
}

async function expectAccessible(page: Page): Promise<void> {
  await expectNone(page, "axe.run()");
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  await page.setViewportSize({ width: 400, height: 850 });
  // Charts follow a new width a moment later.
  await expect
    .poll(() => page.evaluate("document.documentElement.scrollWidth"), {
      message: `${page.url()} on a phone`,
      timeout: 10_000,
    })
    .toBe(400);
  await page.setViewportSize({ width, height });
}

async function expectContrast(page: Page): Promise<void> {
  await expectNone(page, 'axe.run({ runOnly: ["color-contrast"] })');
}

/** Evaluated in the page. Spinners never end. */
const fadesAreOver = `Promise.allSettled(
  document
    .getAnimations()
    .filter(({ effect }) => effect.getTiming().iterations !== Infinity)
    .map(({ finished }) => finished),
)`;

async function expectNone(page: Page, run: string): Promise<void> {
  // What still loads or fades in is not yet what is read.
  await page.locator(".mantine-Skeleton-root").first().waitFor({ state: "detached" });
  await page.evaluate(fadesAreOver);
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate(run)) as axe.AxeResults;
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`),
  );
  expect(found, page.url()).toEqual([]);
}

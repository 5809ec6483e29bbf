/** The pages that are generated, and what each must hold. */
import { fileURLToPath } from "node:url";
import { errorCatalog } from "@caprock/domain";
import { dimensionSets, metricNamespace, metricTable } from "@caprock/metering";
import { apiSettings, startSettings, workerSettings } from "@caprock/platform";
import { errorsPage } from "./errors-page.ts";
import { metricsPage } from "./metrics-page.ts";
import { settingsPage } from "./settings-page.ts";

export interface GeneratedPage {
  readonly path: string;
  readonly text: string;
}

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export function generatedPages(): readonly GeneratedPage[] {
  return [
    { path: pathOf("packages/domain/ERRORS.md"), text: errorsPage(errorCatalog) },
    {
      path: pathOf("packages/metering/METRICS.md"),
      text: metricsPage({ namespace: metricNamespace, metrics: metricTable, dimensionSets }),
    },
    {
      path: pathOf("packages/platform/SETTINGS.md"),
      text: settingsPage({ API: apiSettings, worker: workerSettings, start: startSettings }),
    },
  ];
}

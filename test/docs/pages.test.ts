import { expect, test } from "vitest";
import { z } from "zod";
import { errorsPage } from "./errors-page.ts";
import { metricsPage } from "./metrics-page.ts";
import { settingsPage } from "./settings-page.ts";

test("an error is a row, by its status, with what would break the table escaped", () => {
  const page = errorsPage({
    late: { httpStatus: 504, kind: "timeout", meaning: "It was late.", remedy: "Retry." },
    bad: { httpStatus: 400, kind: "invalid_request", meaning: "One of `a|b`.", remedy: "Mend it." },
  });
  expect(page.split("\n").slice(-3)).toEqual([
    "| `bad`  | 400         | One of `a\\|b`. | Mend it.   |",
    "| `late` | 504         | It was late.   | Retry.     |",
    "",
  ]);
});

test("a metric is a row: its unit, what to read of it and what it means, under the sets it is sent with", () => {
  const page = metricsPage({
    namespace: "Ours",
    metrics: {
      Calls: { unit: "Count", kind: "sum", parts: 1, meaning: "Calls." },
      Latency: { unit: "Milliseconds", kind: "spread", parts: 1, meaning: "How long." },
    },
    dimensionSets: [["Model"], ["Tenant", "Model"]],
  });
  expect(page).toContain("`Ours`");
  expect(page).toContain("`Model`; `Tenant` and `Model`");
  expect(page).toContain("| `Calls`   | Count        | Sum         | Calls.    |");
  expect(page).toContain("| `Latency` | Milliseconds | percentiles | How long. |");
});

test("a setting is a row: its default, what it means, and each process that reads it", () => {
  const common = { B_TTL_MS: z.coerce.number().default(5_000).describe("How long.") };
  const page = settingsPage({
    API: z.object({ ...common, A_TOKEN: z.string().regex(/x/).describe("A secret.") }),
    worker: z.object({
      ...common,
      C_BUCKET: z.string().optional().describe("Where."),
      D_PREFIX: z.string().default("").describe("Which."),
    }),
  });
  expect(page.split("\n").slice(-5)).toEqual([
    "| `A_TOKEN`  | **must be set** | A secret. | API         |",
    "| `B_TTL_MS` | `5000`          | How long. | API, worker |",
    "| `C_BUCKET` | none            | Where.    | worker      |",
    "| `D_PREFIX` | empty           | Which.    | worker      |",
    "",
  ]);
});

test("a setting without a description, or with two meanings, is not passed over", () => {
  expect(() => settingsPage({ API: z.object({ A: z.string() }) })).toThrow(/A has no description/);
  const meaning = (text: string) => z.object({ A: z.string().describe(text) });
  expect(() => settingsPage({ API: meaning("one"), worker: meaning("another") })).toThrow(
    /A means one thing/,
  );
});

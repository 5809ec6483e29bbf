import { describe, expect, it } from "vitest";
import { addressOf, choiceOf, queryOf, type ReportChoice } from "./report-choice.ts";

const choice: ReportChoice = {
  groupBy: ["model", "day"],
  month: undefined,
  days: { first: "2026-10-30", last: "2026-11-30" },
  timeZone: "America/Los_Angeles",
  source: "cloudwatch",
  only: { tenant: ["t1", "t2"], application: ["support=bot"] },
};

describe("a report's address", () => {
  it("says the whole choice", () => {
    expect(choiceOf(new URLSearchParams(addressOf(choice).toString()))).toEqual(choice);
  });

  it("asks for tenant and model from the ledger when it says nothing, and drops what makes no sense", () => {
    const nothing = {
      month: undefined,
      days: undefined,
      timeZone: undefined,
      source: "ledger" as const,
      only: {},
    };
    expect(choiceOf(new URLSearchParams())).toEqual({ ...nothing, groupBy: ["tenant", "model"] });
    expect(choiceOf(new URLSearchParams("groupBy=nonsense,day&first=2026-11-01"))).toEqual({
      ...nothing,
      groupBy: ["day"],
    });
  });
});

describe("a report's query", () => {
  it("ends with the day after the last one", () => {
    expect(queryOf(choice)).toMatchObject({
      groupBy: "model,day",
      from: "2026-10-30",
      to: "2026-12-01",
      tenant: "t1,t2",
      timeZone: "America/Los_Angeles",
    });
    expect(queryOf(choice).month).toBeUndefined();
    const leapDay = { ...choice, days: { first: "2028-02-28", last: "2028-02-28" } };
    expect(queryOf(leapDay).to).toBe("2028-02-29");
  });
});

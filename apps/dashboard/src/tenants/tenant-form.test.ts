import { AdminApiError } from "@caprock/contract";
import { describe, expect, it } from "vitest";
import { typedUsd } from "../limits/typed-amount.ts";
import { placeRefusal, tenantFormRules } from "./tenant-form.ts";

describe("a tenant's form", () => {
  it.each(["0", "50", "49.99", "1,250.50", "$ 12", "0.000000001"])("takes %s as a cap", (typed) => {
    expect(tenantFormRules.monthlyCapUsd(typed)).toBeNull();
    expect(typedUsd(typed)).toMatch(/^\d+(\.\d+)?$/);
  });

  it.each(["", "-1", "1e3", "twelve", "1.0000000001", "1.2.3"])("does not take %s as a cap", (typed) => {
    expect(tenantFormRules.monthlyCapUsd(typed)).not.toBeNull();
  });

  it.each(["", 0, -5, 1.5, 1_000_001])("does not take %s as a rate", (typed) => {
    expect(tenantFormRules.requestsPerMinute(typed)).not.toBeNull();
  });

  it("shows a refusal at the field that the API named, and under the form otherwise", () => {
    const refused = (param?: string) => new AdminApiError(400, "invalid_request", "must be less", param);
    expect(placeRefusal(refused("monthlyCapUsd"), ["name", "monthlyCapUsd"])).toEqual({
      field: "monthlyCapUsd",
      message: "must be less",
    });
    expect(placeRefusal(refused("other"), ["name"])).toEqual({ message: "must be less" });
    expect(placeRefusal(refused(), ["name"])).toEqual({ message: "must be less" });
  });
});

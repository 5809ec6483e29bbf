import { AdminApiError } from "@caprock/contract";
import { describe, expect, it } from "vitest";
import { isUnauthorized, mayPass, messageOf, refusedMember } from "./failures.ts";

describe("a failed call to the admin API", () => {
  it("is told in the API's own words when it has some", () => {
    const error = new AdminApiError(404, "tenant_not_found", "There is no such tenant.");
    expect(messageOf(error)).toBe("There is no such tenant.");
    expect(mayPass(error)).toBe(false);
  });

  it("is told as an API that does not answer when a proxy or the network spoke", () => {
    for (const error of [
      new AdminApiError(502, "unreadable_answer", "…"),
      new TypeError("Failed to fetch"),
    ]) {
      expect(messageOf(error)).toMatch(/did not answer/);
      expect(mayPass(error)).toBe(true);
    }
  });

  it("ends the session only for 401", () => {
    expect(isUnauthorized(new AdminApiError(401, "unauthorized", "No."))).toBe(true);
    expect(isUnauthorized(new AdminApiError(500, "internal", "No."))).toBe(false);
    expect(isUnauthorized(new TypeError("Failed to fetch"))).toBe(false);
  });

  it.each([
    ["monthlyCapUsd", "monthlyCapUsd"],
    ["/monthlyCapUsd", "monthlyCapUsd"],
    ["body.monthlyCapUsd", "monthlyCapUsd"],
    [undefined, undefined],
  ])("names the refused member of %s as %s", (param, member) => {
    expect(refusedMember(new AdminApiError(400, "invalid_request", "No.", param))).toBe(member);
  });
});

import { apiSettings, loadSettings } from "@caprock/platform";
import { describe, expect, test } from "vitest";
import { apiTimeoutSeconds } from "../constructs/api-function.ts";
import { stages } from "./stages.ts";

describe.each(Object.entries(stages))("stage %s", (name, stage) => {
  const settings = loadSettings(apiSettings, {
    ...stage.api.settings,
    CAPROCK_ADMIN_TOKEN_SHA256: "0".repeat(64),
    CAPROCK_TURN_BODIES_BUCKET: "turn-bodies",
  });

  test("is found by the name that it gives itself", () => {
    expect(stage.name).toBe(name);
  });

  test("a call is cut, and settled, before its function is; its hold outlives the function", () => {
    const timeoutMs = apiTimeoutSeconds * 1_000;
    expect(settings.CAPROCK_HOLD_TTL_MS * 0.75).toBeLessThan(timeoutMs);
    expect(settings.CAPROCK_HOLD_TTL_MS).toBeGreaterThan(timeoutMs);
  });

  test("silence is cut before the gateway cuts it", () => {
    expect(settings.CAPROCK_UPSTREAM_IDLE_TIMEOUT_MS).toBeLessThan(300_000);
  });

  test("the largest body fits into an invocation", () => {
    const invocationBytes = 6 * 1024 * 1024;
    const headersBytes = 64 * 1024;
    expect(Math.ceil(settings.CAPROCK_MAX_BODY_BYTES / 3) * 4 + headersBytes).toBeLessThan(invocationBytes);
  });
});

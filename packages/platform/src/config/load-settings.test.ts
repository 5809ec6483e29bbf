import { expect, test } from "vitest";
import { z } from "zod";
import { loadSettings, SettingsError } from "./load-settings.ts";
import { apiSettings, startSettings, workerSettings } from "./settings.ts";

const bucket = { CAPROCK_TURN_BODIES_BUCKET: "turn-bodies" };
const good = { ...bucket, CAPROCK_ADMIN_TOKEN_SHA256: "a".repeat(64) };

test("what is not set has its documented default", () => {
  expect(loadSettings(apiSettings, good)).toMatchObject({
    AWS_REGION: "us-east-1",
    CAPROCK_API_HOST: "127.0.0.1",
    CAPROCK_API_PORT: 4100,
    CAPROCK_LOG_LEVEL: "info",
    CAPROCK_INVOCATION_LOG_PREFIX: "",
  });
  expect(loadSettings(workerSettings, bucket)).toMatchObject({ CAPROCK_WORKER_PORT: 4103 });
  expect(loadSettings(startSettings, {})).toEqual({});
});

test("settings that are not this process's are not read", () => {
  expect(loadSettings(apiSettings, { ...good, SOMEONE_ELSES: "x" })).not.toHaveProperty("SOMEONE_ELSES");
});

test("every bad setting is named in one message, and the value of none is repeated", () => {
  const bad = {
    CAPROCK_ADMIN_TOKEN_SHA256: "planted-secret-1",
    CAPROCK_API_PORT: "planted-secret-2",
    CAPROCK_LOG_LEVEL: "planted-secret-3",
    CAPROCK_MAX_BODY_BYTES: "-73219",
    CAPROCK_TABLE_PREFIX: "planted secret 4",
    AWS_ENDPOINT_URL: "planted-secret-5",
    CAPROCK_HOLD_TTL_MS: "0.73219",
  };
  let thrown: unknown;
  try {
    loadSettings(apiSettings, bad);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(SettingsError);
  const { message } = thrown as SettingsError;
  for (const name of Object.keys(bad)) {
    expect(message).toContain(name);
  }
  expect(message).not.toContain("planted");
  expect(message).not.toContain("73219");
  // The cause of an error is printed with it.
  expect((thrown as SettingsError).cause).toBeUndefined();
});

test("a setting that is missing is named", () => {
  expect(() => loadSettings(z.object({ NEEDED: z.string() }), {})).toThrow(/NEEDED: /);
});

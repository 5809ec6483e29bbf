/** Keys and caps are changed while calls go on: no call is refused without reason, and no window's spend changes. */
import type { AdminClient } from "@caprock/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CallEnd, makeCall, planCall } from "../load/chaos/call.ts";
import { Seeded } from "../load/chaos/seeded.ts";
import {
  expectAccountsToMatchLedger,
  expectBooksToBalance,
  readBudget,
  until,
} from "../platform/accounting.ts";
import { type Platform, startPlatform } from "../platform/start-platform.ts";

const loaders = 8;
const models = ["amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"];
const plain = {
  wire: "openai",
  streamed: false,
  withTool: false,
  answerTokens: 8,
  maxTokens: 16,
  model: "amazon.nova-lite-v1:0",
  leaves: undefined,
} as const;

let platform: Platform;
let admin: AdminClient;

beforeAll(async () => {
  platform = await startPlatform({ apis: 2 });
  ({ admin } = platform);
});
afterAll(() => platform?.close());

/** The same call on both wires of every process; what each came to. */
async function everywhere(secret: string): Promise<(string | undefined)[]> {
  const calls = platform.apis.flatMap(({ url }) =>
    (["openai", "bedrock"] as const).map((wire) => makeCall(url, secret, { ...plain, wire })),
  );
  return (await Promise.all(calls)).map(({ kind, code }) => code ?? kind);
}
const all = (outcome: string) => Array(4).fill(outcome);

/** An edit holds everywhere within a second: until then another process may go by its copy. */
async function soonEverywhere(secret: string, outcome: string): Promise<void> {
  await until(async () => (await everywhere(secret)).every((one) => one === outcome));
  expect(await everywhere(secret)).toEqual(all(outcome));
}

test("keys that are rotated, moved and revoked, and caps that are lowered and raised, under load", async () => {
  const { id: tenantId } = await platform.createTenant({ capUsd: "100" });
  const params = { tenantId };
  await admin.updateTenant({
    params,
    body: {
      rules: [
        { id: "key-tokens", scope: "key", unit: "tokens", window: "day", amount: 1_000_000_000 },
        { id: "app-usd", scope: "application", unit: "usd", window: "week", amount: "1000" },
        { id: "model-requests", scope: "model", unit: "requests", window: "month", amount: 1_000_000 },
        { id: "at-once", scope: "tenant", unit: "concurrency", amount: 1_000 },
      ],
    },
  });
  const newKey = async (application: string) =>
    await admin.createApiKey({ params, body: { name: "load", application } });
  const rotated = await newKey("site");
  const revoked = await newKey("site");
  const moved = await newKey("site");
  const paramsOf = ({ id }: { readonly id: string }) => ({ ...params, apiKeyId: id });

  // Load over both processes, with whatever secret is in force when a call begins.
  const secrets = { rotated: rotated.apiKey, revoked: revoked.apiKey, moved: moved.apiKey };
  const inUse: (keyof typeof secrets)[] = ["rotated", "revoked", "moved"];
  const ends: (CallEnd & { readonly key: string })[] = [];
  let goesOn = true;
  const load = Array.from({ length: loaders }, async (_, index) => {
    const random = Seeded.of(11, "loader", index);
    while (goesOn) {
      const key = random.pick(inUse);
      const plan = { ...planCall(random, models), maxTokens: 64, leaves: undefined };
      ends.push({ ...(await makeCall(random.pick(platform.apis).url, secrets[key], plan)), key });
    }
  });
  const more = (calls: number) => {
    const before = ends.length;
    return until(() => ends.length >= before + calls, 60_000);
  };
  await more(2 * loaders);

  // A rotation with grace: both secrets are good, and count to the same accounts.
  const first = secrets.rotated;
  secrets.rotated = (
    await admin.rotateApiKey({ params: paramsOf(rotated), body: { graceSeconds: 600 } })
  ).apiKey;
  expect(await everywhere(first)).toEqual(all("answered"));
  expect(await everywhere(secrets.rotated)).toEqual(all("answered"));
  await more(loaders);

  // A revocation, once no call of the load begins with it any more.
  inUse.splice(inUse.indexOf("revoked"), 1);
  await more(2 * loaders);
  await admin.revokeApiKey({ params: paramsOf(revoked) });
  await soonEverywhere(secrets.revoked, "revoked_api_key");

  await admin.updateApiKey({ params: paramsOf(moved), body: { application: "bot" } });
  await more(loaders);

  // A cap below what is spent refuses everything, and what is spent stays spent.
  const spent = (await readBudget(platform, tenantId))?.settled ?? 0n;
  expect(spent).toBeGreaterThan(0n);
  const beforeCut = ends.length;
  await admin.updateTenant({ params, body: { monthlyCapUsd: "0" } });
  await soonEverywhere(secrets.rotated, "budget_exceeded");
  expect((await readBudget(platform, tenantId))?.settled).toBeGreaterThanOrEqual(spent);
  await more(loaders);
  await admin.updateTenant({ params, body: { monthlyCapUsd: "100" } });
  await soonEverywhere(secrets.rotated, "answered");
  const afterCut = ends.length;
  await more(loaders);

  // The earlier secret ends with a rotation that gives no grace.
  inUse.splice(inUse.indexOf("rotated"), 1);
  await more(2 * loaders);
  const last = (await admin.rotateApiKey({ params: paramsOf(rotated), body: { graceSeconds: 0 } })).apiKey;
  await soonEverywhere(first, "invalid_api_key");
  await soonEverywhere(secrets.rotated, "invalid_api_key");
  expect(await everywhere(last)).toEqual(all("answered"));
  goesOn = false;
  await Promise.all(load);

  // Every call with a good secret was answered, but for those that met the cap of nothing.
  const outcomes = (some: readonly CallEnd[]) => new Set(some.map(({ kind, code }) => code ?? kind));
  expect(outcomes(ends.slice(0, beforeCut))).toEqual(new Set(["answered"]));
  expect(outcomes(ends.slice(afterCut + loaders))).toEqual(new Set(["answered"]));
  expect([...outcomes(ends)].sort()).toEqual(["answered", "budget_exceeded"]);

  const entries = await expectBooksToBalance(platform, tenantId);
  expect(new Set(entries.map(({ apiKeyId }) => apiKeyId))).toEqual(
    new Set([rotated.id, revoked.id, moved.id]),
  );
  const windows = await expectAccountsToMatchLedger(platform, tenantId);
  for (const part of [rotated.id, revoked.id, moved.id, "site", "bot", ...models]) {
    expect(windows).toContainEqual(expect.stringContaining(part));
  }
}, 180_000);

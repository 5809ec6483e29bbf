/** What every client is put through, and what stands of it in the books. */
import { afterAll, beforeAll, expect } from "vitest";
import { expectBooksToBalance, until } from "../platform/accounting.ts";
import { type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";

/** A Claude: it takes everything that the matrix asks for. */
export const model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

export const onePixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** The simulated model calls the tool that is named so. */
export const callWeather = '[[tool=weather {"city":"Oslo"}]]';

export const longAnswer = "[[tokens=3000]]";

/** A platform with a worker, which settles what was left in mid-stream, for a file of tests. */
export function usePlatform(): { readonly current: Platform } {
  const used: { current: Platform } = { current: undefined as never };
  beforeAll(async () => {
    used.current = await startPlatform();
    await used.current.startWorker();
  }, 60_000);
  afterAll(() => used.current?.close());
  return used;
}

/** Waits for so many entries, and holds all of them against the witness. */
export async function expectEntries(
  platform: Platform,
  tenant: TestTenant,
  count: number,
  wire: string | RegExp,
): Promise<void> {
  const entries = await until(async () => {
    const balanced = await expectBooksToBalance(platform, tenant.id);
    expect(balanced).toHaveLength(count);
    return balanced;
  });
  for (const entry of entries) {
    expect(entry.wire).toMatch(wire);
  }
}

/** Runs what aborts itself in the middle of a slow stream; the model is told to stop, and what it had said is paid. */
export async function whileSlow(
  platform: Platform,
  tenant: TestTenant,
  leave: () => Promise<void>,
): Promise<void> {
  platform.awsLocal.setSpeed({ tokensPerSecond: 200 });
  try {
    await leave();
    await until(() => {
      const [served] = platform.awsLocal.witness({ tenant: tenant.id }).invocations.slice(-1);
      return served?.status === "aborted" && served.usage.output < 3_000;
    });
    await expectEntries(platform, tenant, 1, /./);
  } finally {
    platform.awsLocal.setSpeed({ tokensPerSecond: 0 });
  }
}

/** The tenant's key with other last letters. */
export function wrongKeyOf({ apiKey }: TestTenant): string {
  return `${apiKey.slice(0, -4)}0000`;
}

/** What a promise was rejected with. */
export async function failure(work: PromiseLike<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await work;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("It did not fail.");
}

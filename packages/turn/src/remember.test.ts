import type { SessionStore } from "@caprock/memory";
import { expect, test } from "vitest";
import { recallSession } from "./remember.ts";
import { SearchedSessions } from "./testing/searched-sessions.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

test("a session that cannot be read is told as that, also where it cannot be given up either", async () => {
  const { store, clock } = new SearchedSessions();
  const told: unknown[] = [];
  let renewing = true;
  const sessions = {
    claim: store.claim.bind(store),
    historyBefore: () => Promise.reject(new Error("unreadable")),
    release: () => Promise.reject(new Error("away")),
  } as unknown as SessionStore;
  const parts = {
    sessions,
    clock,
    sessionLeaseMs: 60_000,
    repeat: () => () => {
      renewing = false;
    },
    onMemoryFailure: (_: string, error: unknown) => told.push(error),
    catalog: { route: () => ({ refused: { code: "model_not_found", message: "None." } }) },
  } as unknown as TurnParts;
  const tenant = { id: "t000000000001", limits: { overBudget: { kind: "refuse" } }, inferenceProfiles: [] };
  const request = {
    requestId: "r",
    session: { sessionId: "s" },
    caller: { tenant },
    modelId: "m",
  } as unknown as TurnRequest;
  await expect(recallSession(request, parts)).rejects.toThrow("unreadable");
  expect(told).toEqual([new Error("away")]);
  expect(renewing).toBe(false);
});

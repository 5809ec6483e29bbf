import type { FaultRequest } from "@caprock/aws-local";
import { CaprockError } from "@caprock/domain";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenTurn, openTurn } from "./testing/open-turn.ts";
import { runToEnd } from "./testing/run-to-end.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

const timeoutMs = 60_000;
const cap = 10_000_000_000n;
let turn: OpenTurn;

beforeAll(async () => {
  turn = await openTurn();
}, timeoutMs);
afterAll(() => turn.close());

const run = (how: "whole" | "stream", request: TurnRequest, parts: TurnParts = turn.parts) =>
  runToEnd(how, request, parts);
const entryOf = ({ requestId, caller }: TurnRequest) => turn.ledger.find(caller.tenant.id, requestId);

/** How a failure leaves the money of its call. */
type Left = "released" | "unresolved" | "estimated";

const faults: [how: "whole" | "stream", fault: object, code: string, left: Left][] = [
  ["whole", { kind: "throttle" }, "upstream_throttled", "released"],
  ["whole", { kind: "error", name: "ValidationException" }, "upstream_rejected", "released"],
  ["whole", { kind: "unavailable" }, "upstream_unavailable", "released"],
  ["whole", { kind: "error" }, "upstream_failed", "unresolved"],
  ["whole", { kind: "error", name: "ModelTimeoutException" }, "upstream_timeout", "unresolved"],
  ["whole", { kind: "cut" }, "upstream_unavailable", "unresolved"],
  ["stream", { kind: "throttle" }, "upstream_throttled", "released"],
  ["stream", { kind: "error" }, "upstream_failed", "unresolved"],
  ["stream", { kind: "exception", afterEvents: 0 }, "upstream_failed", "estimated"],
  ["stream", { kind: "exception", afterEvents: 4 }, "upstream_failed", "estimated"],
  [
    "stream",
    { kind: "exception", name: "ThrottlingException", afterEvents: 4 },
    "upstream_throttled",
    "estimated",
  ],
  ["stream", { kind: "cut", afterEvents: 4 }, "upstream_unavailable", "estimated"],
];

test.each(faults)(
  "a %s answer that fails by %j is told as %s, and its money is %s",
  { timeout: timeoutMs },
  async (how, fault, code, left) => {
    const tenant = turn.newTenant();
    const request = turn.request(tenant, { text: "[[tokens=50]]" });
    turn.awsLocal.addFault({ service: "bedrock", tenant: tenant.id, ...fault } as FaultRequest);
    const failed = run(how, request);
    await expect(failed).rejects.toBeInstanceOf(CaprockError);
    await expect(failed).rejects.toMatchObject({ problem: { code } });

    const entry = await entryOf(request);
    const { requests, money } = await turn.accounts(tenant);
    const [available, settled, held] = money!;
    expect(available! + settled! + held!).toBe(cap);
    expect(settled).toBe(0n);
    if (left === "released") {
      expect(entry).toBeUndefined();
      expect(held).toBe(0n);
      // A call that never ran is none of the minute's requests either.
      expect(requests).toEqual([1_000n, 0n, 0n]);
    } else {
      expect(requests).toEqual([999n, 1n, 0n]);
      expect(held! > 0n).toBe(true);
      // What stays held is the most that the call can have used, so that no correction passes the cap.
      expect(entry === undefined).toBe(left === "unresolved");
      expect(held! >= (entry?.costNanoUsd ?? 0n)).toBe(true);
      expect(entry?.status).toBe(left === "estimated" ? "failed" : undefined);
    }
  },
);

test("where no log will tell more, an estimate is charged as it is", { timeout: timeoutMs }, async () => {
  const tenant = turn.newTenant();
  const request = turn.request(tenant, { text: "[[tokens=50]]" });
  turn.awsLocal.addFault({ service: "bedrock", kind: "cut", afterEvents: 6, tenant: tenant.id });
  await expect(
    run("stream", request, { ...turn.parts, admission: turn.admission({ resolvesLater: false }) }),
  ).rejects.toThrow();
  const entry = await entryOf(request);
  expect(entry).toMatchObject({ estimated: true, status: "failed" });
  expect(entry?.usage.input).toBeGreaterThan(0);
  const cost = entry!.costNanoUsd;
  expect(await turn.accounts(tenant)).toEqual({ requests: [999n, 1n, 0n], money: [cap - cost, cost, 0n] });
});

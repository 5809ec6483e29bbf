/** Whatever twins, retries, other bodies and crashes come together: one answer for each key and body, made once. */
import { createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock } from "@caprock/domain";
import { createDocumentClient, localCredentials } from "@caprock/platform";
import { DynamoIdempotencyStore } from "@caprock/tenancy/dynamodb";
import { idempotencyTable } from "@caprock/tenancy/tables";
import fc from "fast-check";
import { Hono } from "hono";
import { expect, test } from "vitest";
import type { RequestEnv } from "../http/request-context.ts";
import { answerOnce } from "./answer-once.ts";

const leaseMs = 60_000;

interface Asked {
  readonly key: "k1" | "k2";
  readonly body: "a" | "b";
  /** How late it comes, and how long it runs if it is the one that does: in round trips to the store. */
  readonly comesAfter: number;
  readonly runsFor: number;
  /** What becomes of the call if it is the one that runs. */
  readonly fate: "answers" | "streams" | "fails" | "dies";
}
const asked: fc.Arbitrary<Asked> = fc.record({
  key: fc.constantFrom("k1", "k2"),
  body: fc.constantFrom("a", "a", "b"),
  comesAfter: fc.nat(4),
  runsFor: fc.nat(4),
  fate: fc.constantFrom("answers", "streams", "fails", "dies"),
});
/** Calls of one round come at once; between rounds every lease may run out. */
const rounds = fc.array(
  fc.record({ calls: fc.array(asked, { minLength: 1, maxLength: 4 }), leaseEnds: fc.boolean() }),
  { minLength: 1, maxLength: 4 },
);

test("a key's answer is made once, whoever asks for it when, and no other is ever told under it", {
  timeout: 60_000,
}, async () => {
  const clock = new ManualClock(Date.parse("2026-11-26T12:00:00Z"));
  const awsLocal = await startAwsLocal({ nowMs: () => clock.now() });
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocal.url,
    credentials: localCredentials,
  });
  await createTables(client, "test", [idempotencyTable]);
  let runs = 0;
  try {
    await fc.assert(
      fc.asyncProperty(rounds, async (plan) => {
        runs += 1;
        const made: string[] = [];
        const deaths = new Map<string, () => void>();
        const app = new Hono<RequestEnv>();
        const store = new DynamoIdempotencyStore({
          client,
          tablePrefix: "test",
          clock,
          keptForMs: 86_400_000,
        });
        const roundTrips = async (count: number) => {
          for (let trip = 0; trip < count; trip += 1) {
            await store.read({ scope: "nobody", keySha256: "" });
          }
        };
        const pause = () => roundTrips(1);
        const once = answerOnce(
          { store, clock, pause, leaseMs, waitMs: 1_000, secret: "s", onFailure: () => undefined },
          {
            identify: async (c) => ({ scope: `t${runs}`, bytes: new Uint8Array(await c.req.arrayBuffer()) }),
            answerProblem: (c, { code }) => c.json({ code }, code === "idempotency_key_reused" ? 422 : 409),
          },
        );
        let calls = 0;
        app.use(async (c, next) => {
          c.set("requestId", c.req.header("call") ?? "");
          await next();
        });
        app.use(once);
        app.post("/", async (c) => {
          const id = c.get("requestId");
          const fate = c.req.header("fate");
          if (fate === "dies") {
            deaths.get(id)?.();
            return new Promise<Response>(() => undefined);
          }
          await roundTrips(Number(c.req.header("runs-for")));
          if (fate === "fails") {
            return c.json({ failed: true }, 503);
          }
          const answer = `${c.req.header("idempotency-key")} ${await c.req.text()} ${id}`;
          made.push(answer);
          const type = fate === "streams" ? "text/event-stream" : "text/plain";
          return new Response(answer, { headers: { "content-type": type } });
        });
        const told = new Map<string, Set<string>>();
        for (const { calls: together, leaseEnds } of plan) {
          await Promise.all(
            together.map(async ({ key, body, fate, comesAfter, runsFor }) => {
              await roundTrips(comesAfter);
              const call = `r${++calls}`;
              const gone = new Promise<undefined>((resolve) => deaths.set(call, () => resolve(undefined)));
              const headers = { "idempotency-key": key, fate, call, "runs-for": String(runsFor) };
              const answering = Promise.resolve(app.request("/", { method: "POST", headers, body }));
              // One that died answers nobody; its twins are told that it is in progress.
              const response = await Promise.race([answering, gone]);
              if (response?.status === 200) {
                const answers = told.get(key) ?? new Set();
                told.set(key, answers.add(await response.text()));
                expect([...answers][0]?.startsWith(`${key} ${body} `)).toBe(true);
              }
            }),
          );
          clock.set(clock.now() + (leaseEnds ? leaseMs + 1 : 1));
        }
        for (const [key, answers] of told) {
          expect(answers.size).toBe(1);
          expect([...answers]).toEqual(made.filter((answer) => answer.startsWith(key)));
        }
      }),
      { numRuns: 15 },
    );
  } finally {
    client.destroy();
    await awsLocal.close();
  }
});

/**
 * Answers a call that carries an Idempotency-Key once: the same key with the same method, path, body and headers that
 * decide the answer replays the stored one, byte for byte, streams as streams, for a day.
 *
 * What is promised: whenever the first answer exists, it alone was charged. An answer exists once its last byte was made
 * and stored, which is before its reader is told that it has ended, and before any of an answer that is no stream; a stream that broke off with an error event of its
 * wire is an answer too, since its tokens were charged. Not stored are answers with a status of 400 and above, so that a
 * retry can succeed, and answers whose reader left before their end or whose process died: those calls are ended and what
 * they used is charged (at once, or when their hold expires), and a retry runs anew under another request id and is charged
 * as another call. A key of a process that died is free when the lease ends, which is the life of the call's hold.
 */
import { createHash } from "node:crypto";
import { type Problem, type Refusal, refusal } from "@caprock/domain";
import { type KeyedCall, type StandingCall, sha256Hex } from "@caprock/tenancy";
import type { Context, Next } from "hono";
import type { RequestEnv } from "../http/request-context.ts";
import type { IdempotencyParts } from "./idempotency-parts.ts";
import { createSeal } from "./seal.ts";
import { keepAnswer, replayAnswer } from "./stored-answer.ts";

/** As long as Stripe's, and any UUID. */
const longestKey = 255;
const pollMs = 200;

export interface OnceOptions {
  /** Whose key it is, and the body, once the caller is known. */
  readonly identify: (
    c: Context<RequestEnv>,
  ) => Promise<{ readonly scope: string; readonly bytes: Uint8Array } | Refusal>;
  readonly answerProblem: (c: Context<RequestEnv>, problem: Problem) => Response;
}

/** Middleware around routes; calls without the header, and those that change nothing, pass by it. */
export function answerOnce({ store, clock, ...parts }: IdempotencyParts, options: OnceOptions) {
  return async (c: Context<RequestEnv>, next: Next): Promise<Response | undefined> => {
    const keyText = c.req.header("idempotency-key");
    if (keyText === undefined || ["GET", "HEAD", "OPTIONS"].includes(c.req.method)) {
      await next();
      return undefined;
    }
    if (keyText.trim() === "" || keyText.length > longestKey) {
      return options.answerProblem(c, {
        code: "invalid_request",
        message: `The header Idempotency-Key must have 1 to ${longestKey} characters; it has ${keyText.length}.`,
        param: "idempotency-key",
      });
    }
    const identified = await options.identify(c);
    if ("refused" in identified) {
      return options.answerProblem(c, identified.refused);
    }
    const call: KeyedCall = {
      scope: identified.scope,
      keySha256: sha256Hex(keyText),
      requestId: c.get("requestId"),
      fingerprint: fingerprintOf(c, identified.bytes),
      leaseUntilMs: clock.now() + parts.leaseMs,
    };
    const standing = await settle(call, { store, clock, ...parts });
    if ("refused" in standing) {
      return options.answerProblem(c, standing.refused);
    }
    const seal = createSeal(parts.secret, keyText, standing.requestId);
    const keeping = { store, seal, onFailure: parts.onFailure, left: c.req.raw.signal };
    const { answer } = standing;
    if (answer) {
      return replayAnswer(call, { ...standing, answer }, keeping);
    }
    try {
      await next();
    } finally {
      if (c.error || !c.res.ok) {
        await store.release(call).catch(parts.onFailure);
      }
    }
    if (c.res.ok) {
      const kept = await keepAnswer(c.res, call, keeping);
      // Hono merges the headers of an answer that is replaced into the new one, twice what may come twice.
      c.res = undefined;
      c.res = kept;
    }
    return undefined;
  };
}

/** Takes the key, or waits for the twin that has it; resolves with the call itself, with an answer, or with a refusal. */
async function settle(
  call: KeyedCall,
  { store, clock, pause, waitMs }: Pick<IdempotencyParts, "store" | "clock" | "pause" | "waitMs">,
): Promise<StandingCall | Refusal> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const known = waitedMs === 0 ? undefined : await store.read(call);
    const isTaken = known && (known.answer || known.leaseUntilMs > clock.now());
    const standing = isTaken ? known : await store.begin(call);
    if (standing.requestId === call.requestId) {
      return standing;
    }
    if (standing.fingerprint !== call.fingerprint) {
      return refusal({
        code: "idempotency_key_reused",
        message:
          "This Idempotency-Key was used with another method, path, body or header that decides the answer. Use a new key for a new request.",
        param: "idempotency-key",
      });
    }
    if (standing.answer) {
      return standing;
    }
    if (waitedMs >= waitMs) {
      return refusal({
        code: "idempotency_in_progress",
        message: "A request with this Idempotency-Key is still running. Retry to get its answer.",
        retryAfterSeconds: 2,
      });
    }
    await pause(pollMs);
  }
}

/**
 * The headers that are part of what is asked, on any wire: Caprock's own (session, actor, context), Bedrock's (service tier,
 * guardrail, trace) and Anthropic's betas. The same body under others has another answer, or another price.
 */
function isAsked(header: string): boolean {
  return /^(x-caprock-|x-amzn-bedrock-|anthropic-beta$)/.test(header);
}

function fingerprintOf(c: Context<RequestEnv>, bytes: Uint8Array): string {
  const { pathname, search } = new URL(c.req.url);
  const asked = [...c.req.raw.headers].filter(([name]) => isAsked(name));
  const head = JSON.stringify([c.req.method, pathname + search, asked.sort()]);
  return createHash("sha256").update(`${head}\n`).update(bytes).digest("hex");
}

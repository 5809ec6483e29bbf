/** Stores an answer while it goes out, and makes the same answer of what was stored. */
import type { IdempotencyStore, KeyedCall, KeyName, StandingCall } from "@caprock/tenancy";
import { streamBody } from "../http/stream-body.ts";
import type { Seal } from "./seal.ts";

/** Number of the head among the pieces; no body has so many. */
const headIndex = 0xffffffff;
/** An item holds 400 KB; a whole answer of most calls is one piece. */
const pieceBytes = 256_000;

/** Headers that belong to one transmission. */
const passing: ReadonlySet<string> = new Set(["connection", "content-length", "date", "transfer-encoding"]);

export const replayedHeaderName = "idempotency-replayed";

export interface Keeping {
  readonly store: IdempotencyStore;
  readonly seal: Seal;
  readonly onFailure: (error: unknown) => void;
  /** Aborted when the caller hangs up. */
  readonly left: AbortSignal;
}

/** Answers that are told while they are made. */
const streamed = /^(text\/event-stream|application\/vnd\.amazon\.eventstream)/;

/**
 * The answer, stored. A whole one is stored before any of it is told. A stream is stored as it is read, and its end is told
 * when it is stored; a slow reader slows it as before, and one that leaves before the end frees the key.
 */
export async function keepAnswer(response: Response, call: KeyedCall, keeping: Keeping): Promise<Response> {
  const { status, headers } = response;
  const reader = response.body?.getReader();
  const head = { status, headers: [...headers].filter(([name]) => !passing.has(name)) };
  if (streamed.test(headers.get("content-type") ?? "")) {
    const cancelled = new AbortController();
    const left = AbortSignal.any([keeping.left, cancelled.signal]);
    const chunks = keepChunks(reader, JSON.stringify(head), call, keeping, left);
    const kept = streamBody(chunks, () => {
      cancelled.abort();
      void reader?.cancel().catch(() => undefined);
    });
    return new Response(kept, { status, headers });
  }
  const whole: Uint8Array[] = [];
  for await (const chunk of keepChunks(reader, JSON.stringify(head), call, keeping)) {
    whole.push(chunk);
  }
  return new Response(reader ? Buffer.concat(whole) : null, { status, headers });
}

async function* keepChunks(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
  head: string,
  call: KeyedCall,
  { store, seal, onFailure }: Keeping,
  left?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let pieceCount = 0;
  let isStoring = true;
  let isWhole = false;
  const attempt = async (work: () => Promise<unknown>) => {
    await work().catch((error: unknown) => {
      isStoring = false;
      onFailure(error);
    });
  };
  const flush = async () => {
    const bytes = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    for (let from = 0; from < bytes.length && isStoring; from += pieceBytes) {
      const index = pieceCount++;
      const sealed = seal.seal(index, bytes.subarray(from, from + pieceBytes));
      await attempt(() => store.putPiece(call, index, sealed));
    }
  };
  try {
    for (;;) {
      const { value, done } = reader ? await reader.read() : { value: undefined, done: true };
      if (done && left?.aborted) {
        // What was cancelled ends as if it were complete.
        return;
      }
      if (done || value === undefined) {
        break;
      }
      yield value;
      waiting.push(value);
      waitingBytes += value.byteLength;
      if (waitingBytes >= pieceBytes) {
        await flush();
      }
    }
    await flush();
    if (isStoring) {
      const sealed = seal.seal(headIndex, Buffer.from(head));
      await attempt(() => store.finish(call, { head: sealed, pieceCount }));
    }
    isWhole = isStoring;
  } finally {
    if (!isWhole) {
      await reader?.cancel().catch(() => undefined);
      await attempt(() => store.release(call));
    }
  }
}

/** The answer that was stored, body and all, read piece by piece as its reader reads. */
export function replayAnswer(
  name: KeyName,
  { requestId, answer }: StandingCall & { readonly answer: NonNullable<StandingCall["answer"]> },
  { store, seal }: Pick<Keeping, "store" | "seal">,
): Response {
  const { status, headers } = JSON.parse(Buffer.from(seal.open(headIndex, answer.head)).toString()) as {
    status: number;
    headers: [string, string][];
  };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < answer.pieceCount; index += 1) {
      const sealed = await store.readPiece(name, requestId, index);
      if (!sealed) {
        throw new Error("A piece of a stored answer is gone.");
      }
      yield seal.open(index, sealed);
    }
  }
  const hasBody = status !== 204 && status !== 304;
  return new Response(hasBody ? streamBody(pieces(), () => undefined) : null, {
    status,
    headers: [...headers, [replayedHeaderName, "true"]],
  });
}

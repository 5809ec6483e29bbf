/** Brings a session's new turns into long-term memory, each once, whoever crashes where. */
import { createHash } from "node:crypto";
import { CaprockError, type Random } from "@caprock/domain";
import { billFor } from "./bill-sending.ts";
import type { EventMeter } from "./event-meter.ts";
import { cutIntoEvents, type EventPart } from "./event-parts.ts";
import type { IngestionMark, IngestionMarks, Sending } from "./ingestion-marks.ts";
import type { IngestionPace } from "./ingestion-pace.ts";
import type { LongTermMemory } from "./long-term-memory.ts";
import { actorName, sessionName } from "./memory-names.ts";
import type { SessionKey, SessionTurn, TurnSource } from "./session-turn.ts";

export interface IngestParts {
  readonly memory: LongTermMemory;
  readonly turns: TurnSource;
  readonly marks: IngestionMarks;
  readonly meter: EventMeter;
  readonly pace: IngestionPace;
  readonly pause: (durationMs: number) => Promise<void>;
  readonly random: Random;
}

export interface IngestReport {
  readonly turns: number;
  readonly events: number;
  /** Whether turns are left that the tenant's limits do not allow now; they go in when the session is asked for again. */
  readonly refused: boolean;
}

/** Turns read at once. A turn is two messages and its data, so about as many fill an event. */
const mostTurns = 33;
const mostBytes = 16_000_000;
const mostAttempts = 4;
const firstBackoffMs = 500;

/**
 * Sends what a session has that long-term memory has not, as far as its tenant's limits allow. Decides and notes what an
 * event holds before sending it, so that a repetition is the same event under the same token, and on the same bill. What the session store deleted meanwhile is removed again, by
 * this call or by the next delivery of its job. Once the turn that asked is in, what is younger is left to jobs of
 * its own; what another began to send is gone on with. Throws CaprockError when memory fails for longer than a few attempts; doing it again is always safe.
 */
export async function ingestSession(
  session: SessionKey,
  parts: IngestParts,
  askedBy = Number.POSITIVE_INFINITY,
): Promise<IngestReport> {
  const { marks, turns } = parts;
  let report: IngestReport = { turns: 0, events: 0, refused: false };
  for (;;) {
    const incarnation = await turns.incarnationOf(session);
    const mark = await marks.read(session);
    if (incarnation === undefined) {
      await forgetIfDeleted(session, mark, parts);
      return report;
    }
    const own = mark?.incarnation === incarnation ? mark : undefined;
    const through = own?.through ?? 0;
    const isBegun = own?.sendingTo !== undefined;
    if (!isBegun && through >= askedBy) {
      return report;
    }
    // What another began to send is read whole, however much it is: an event is the same each time.
    const waiting =
      own?.sendingTo === undefined
        ? await turns.turnsAfter(session, through, mostTurns, mostBytes)
        : await turns.turnsAfter(session, through, own.sendingTo - through);
    const wanted = waiting.filter(({ sessionOnly }) => !sessionOnly);
    const sendingTo = own?.sendingTo ?? lastOfFirstEvent(wanted) ?? waiting.at(-1)?.sequence;
    if (sendingTo === undefined) {
      return report;
    }
    const sending = { incarnation, through, sendingTo };
    const sent = wanted.filter(({ sequence }) => sequence <= sendingTo);
    const events = cutIntoEvents(sent);
    const bill = await billFor(session, own, sending, events.length, parts);
    if (bill === "begun by another") {
      continue;
    }
    if (bill === "refused") {
      return { ...report, refused: true };
    }
    await send(session, sending, sent, events, parts);
    await bill.settle();
    await forgetWhatIsGone(session, through, sent, parts);
    if (await marks.endSending(session, sending)) {
      report = { ...report, turns: report.turns + sent.length, events: report.events + events.length };
    }
  }
}

/**
 * A session that is gone and has no mark was deleted, perhaps between the sending and the end of an earlier delivery. One
 * that has expired keeps its mark, and what was drawn from it lasts.
 */
async function forgetIfDeleted(
  session: SessionKey,
  mark: IngestionMark | undefined,
  { memory }: IngestParts,
): Promise<void> {
  if (mark === undefined) {
    await memory.forgetSession(session.tenantId, session.actorId, session.sessionId);
  }
}

/** A deletion deletes in the session store first: what is not there any more after it was sent must go again. */
async function forgetWhatIsGone(
  session: SessionKey,
  through: number,
  sent: readonly SessionTurn[],
  { turns, memory }: IngestParts,
): Promise<void> {
  const left = new Set(await turns.turnIdsAfter(session, through, mostTurns));
  for (const { turnId } of sent) {
    if (!left.has(turnId)) {
      await memory.forgetTurn(session.tenantId, session.actorId, session.sessionId, turnId);
    }
  }
}

/** The last turn that still goes whole into the first event; the first turn, if even that one takes several. */
function lastOfFirstEvent(turns: readonly SessionTurn[]): number | undefined {
  const [first] = turns;
  const whole = new Set(
    (cutIntoEvents(turns)[0] ?? []).flatMap((part) => ("data" in part ? [part.data.sequence] : [])),
  );
  return turns.findLast(({ sequence }) => whole.has(sequence))?.sequence ?? first?.sequence;
}

/** Without turns where all of them were deleted meanwhile, or said while memory was off. */
async function send(
  session: SessionKey,
  { through, sendingTo }: Sending,
  [first]: readonly SessionTurn[],
  events: readonly (readonly EventPart[])[],
  parts: IngestParts,
): Promise<void> {
  if (first === undefined) {
    return;
  }
  for (const [index, eventParts] of events.entries()) {
    const event = {
      sessionId: session.sessionId,
      token: eventToken(session, `${through + 1} ${sendingTo} ${first.turnId} ${index}`),
      atMs: first.atMs,
      firstSequence: through + 1,
      lastSequence: sendingTo,
      parts: eventParts,
    };
    await sendOne(session, event, parts);
  }
}

type OneEvent = Parameters<LongTermMemory["ingest"]>[2] & { readonly parts: readonly EventPart[] };

async function sendOne(session: SessionKey, event: OneEvent, parts: IngestParts): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await parts.pace.next(sessionPath(session));
    try {
      return await parts.memory.ingest(session.tenantId, session.actorId, event);
    } catch (error) {
      if (attempt === mostAttempts || !isPassing(error)) {
        throw error;
      }
      // Full jitter: AWS Architecture Blog, "Exponential Backoff And Jitter".
      const [byte = 0] = parts.random.bytes(1);
      await parts.pause((firstBackoffMs * 2 ** (attempt - 1) * (byte + 1)) / 256);
    }
  }
}

const passing = new Set([
  "upstream_throttled",
  "upstream_unavailable",
  "upstream_failed",
  "upstream_timeout",
]);

function isPassing(error: unknown): boolean {
  return error instanceof CaprockError && passing.has(error.problem.code);
}

/**
 * Names an event by the tenant, the actor, the session and the range of turns. The id of the first turn is part of it:
 * a session that was deleted and begun again under its old name counts from 1 again.
 */
function eventToken(session: SessionKey, range: string): string {
  return createHash("sha256")
    .update(`${sessionPath(session)} ${range}`)
    .digest("hex");
}

function sessionPath({ tenantId, actorId, sessionId }: SessionKey): string {
  return `${actorName(tenantId, actorId)}/${sessionName(sessionId)}`;
}

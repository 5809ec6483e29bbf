/**
 * The story of a request, once its caller is known: open its session, recall what is remembered, route it, plan the call
 * (check it, fit it into the model's window, bound it), hold its worst case against the tenant's limits, ask the model, and settle what it really cost. This is
 * the only file that knows the order; what differs between Converse, InvokeModel, embeddings and images is the
 * request's operation.
 */
import { type Refusal, refusal } from "@caprock/domain";
import type { SessionTurn } from "@caprock/memory";
import { type AdmittedTurn, admit } from "./admit.ts";
import { contextPolicyOf } from "./context-policy-of.ts";
import { embedSession } from "./embed-session.ts";
import { checkEmbeddingModel } from "./embedder.ts";
import { invokeModel, invokeModelStream } from "./invoke-model.ts";
import { noteRefusal } from "./note-refusal.ts";
import type { PlanOptions } from "./operation.ts";
import { planCall } from "./plan-call.ts";
import { primeFrames } from "./primed-frames.ts";
import { ingestTurn, type RecalledNotes, recallMemory } from "./recall-memory.ts";
import { mostTurns, type OpenSession, recallSession, remember } from "./remember.ts";
import { routeModel } from "./route-model.ts";
import { type LikenessReport, searchByLikeness } from "./search/search-by-likeness.ts";
import { historyOf, toSummary } from "./session-history.ts";
import { settleTurn } from "./settle-turn.ts";
import { summariseSession } from "./summarise-session.ts";
import { checkSummariser } from "./summariser.ts";
import { TurnOutcome } from "./turn-outcome.ts";
import type { TurnAnswer, TurnParts, TurnReport, TurnRequest, TurnStream } from "./turn-request.ts";

/**
 * Runs a turn whose answer comes whole. Returns a Refusal where a limit, the model or the request stands in
 * the way; throws CaprockError when something failed. Either way nothing stays held without reason.
 */
export async function runTurn<Answer>(
  request: TurnRequest<Answer, unknown>,
  parts: TurnParts,
): Promise<TurnAnswer<Answer> | Refusal> {
  const opened = await open(request, false, parts);
  if ("refused" in opened) {
    noteRefusal(request, opened, parts);
    return opened;
  }
  const { admitted, session } = opened;
  const outcome = new TurnOutcome(request.signal, parts.clock);
  let answer: Answer;
  let kept: SessionTurn | undefined;
  parts.running.begin();
  try {
    answer = await invokeModel(admitted, endOf(request, parts), outcome, parts);
  } finally {
    kept = await rememberIn(session, admitted, outcome, parts);
    await settleInTime(admitted, outcome, parts);
    lookAfterSession(session, kept, admitted, parts);
  }
  return { answer, ...toldOf(opened, request, kept?.turnId) };
}

/**
 * Runs a turn whose answer is streamed. Refuses and throws like `runTurn` until the first frame is there;
 * from then on failures are thrown by the frames' iteration. Settles when the stream ends, when it is returned,
 * and when the caller leaves or the time is up, even if nobody reads on.
 */
export async function runTurnStream<Frame>(
  request: TurnRequest<unknown, Frame>,
  parts: TurnParts,
): Promise<TurnStream<Frame> | Refusal> {
  const opened = await open(request, true, parts);
  if ("refused" in opened) {
    noteRefusal(request, opened, parts);
    return opened;
  }
  const { admitted, session } = opened;
  const outcome = new TurnOutcome(request.signal, parts.clock);
  const end = endOf(request, parts);
  const frames = streamAndSettle(admitted, session, end, outcome, parts);
  const primed = await primeFrames(frames, end);
  return { frames: primed, headers: outcome.headers, ...toldOf(opened, request, request.requestId) };
}

/**
 * The share of a hold's life that its call may take. A call must be over when its hold counts as abandoned, or
 * its cost would be settled on nothing; the rest is left for settlement and for clocks that differ.
 */
const shareOfHold = 0.75;

/** Aborted when the caller hangs up, or when the call has taken as long as its hold allows. */
function endOf({ signal }: TurnRequest<unknown, unknown>, { holdTtlMs }: TurnParts): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(holdTtlMs * shareOfHold)]);
}

/** What a caller is told besides the answer. */
function toldOf(
  { admitted, recalled, likeness }: Omit<OpenedTurn<unknown, unknown>, "session">,
  request: TurnRequest<unknown, unknown>,
  turnId: string | undefined,
): TurnReport {
  const { modelId } = request;
  return {
    session: request.session && { sessionId: request.session.sessionId, turnId },
    context: admitted.call.context,
    recalled,
    likeness,
    standings: admitted.reservation.standings,
    fallbackModelId: admitted.request.modelId === modelId ? undefined : admitted.route.model.id,
  };
}

async function rememberIn(
  session: OpenSession | undefined,
  { call }: AdmittedTurn,
  outcome: TurnOutcome,
  parts: TurnParts,
): Promise<SessionTurn | undefined> {
  const kept = session && (await remember(session, call.conversation, outcome.status === "completed", parts));
  if (session && kept) {
    ingestTurn(session, parts);
  }
  return kept;
}

interface OpenedTurn<Answer, Frame> {
  readonly admitted: AdmittedTurn<Answer, Frame>;
  readonly session: OpenSession | undefined;
  readonly recalled: RecalledNotes | undefined;
  readonly likeness: LikenessReport | undefined;
}

/** What a call is planned with, whichever model is asked. */
type Known = Pick<PlanOptions, "streamed" | "memories" | "preferences"> & {
  readonly session: OpenSession | undefined;
};

/** The session is opened first: its history is part of the prompt. What is refused after it leaves nothing in it. */
async function open<Answer, Frame>(
  request: TurnRequest<Answer, Frame>,
  streamed: boolean,
  parts: TurnParts,
): Promise<OpenedTurn<Answer, Frame> | Refusal> {
  const wrong = checkSummariser(request, parts) ?? checkEmbeddingModel(request, parts);
  if (wrong) {
    return wrong;
  }
  const session = await recallSession(request, parts);
  if (session && "refused" in session) {
    return session;
  }
  let isAdmitted = false;
  try {
    const recalled = await recallMemory(request, session, parts);
    if (recalled && "refused" in recalled) {
      return recalled;
    }
    const { notes: memories, preferences } = recalled ?? {};
    const admitted = await prepare(request, { streamed, session, memories, preferences }, parts);
    isAdmitted = !("refused" in admitted);
    if ("refused" in admitted) {
      return admitted;
    }
    const { turn, likeness } = await searchByLikeness(
      admitted,
      session,
      (call) => runTurn(call, parts),
      parts,
    );
    return { admitted: turn, session, recalled, likeness };
  } finally {
    if (session && !isAdmitted) {
      await remember(session, undefined, false, parts);
    }
  }
}

/**
 * Everything before the model is asked. A call that its tenant's budget does not cover is asked of a cheaper model, if
 * the tenant has named one and that one fits.
 */
async function prepare<Answer, Frame>(
  request: TurnRequest<Answer, Frame>,
  known: Known,
  parts: TurnParts,
): Promise<AdmittedTurn<Answer, Frame> | Refusal> {
  const admitted = await prepareFor(request, known, parts);
  const { overBudget } = request.caller.tenant.limits;
  if (
    !("refused" in admitted) ||
    !isOverBudget(admitted) ||
    overBudget.kind !== "fall-back" ||
    !request.operation.portable
  ) {
    return admitted;
  }
  const cheaper = await prepareFor({ ...request, modelId: overBudget.modelId }, known, parts);
  return "refused" in cheaper ? admitted : cheaper;
}

function isOverBudget({ refused }: Refusal): boolean {
  return refused.code === "budget_exceeded" && refused.details?.unit === "nanoUsd";
}

/** The call is planned before it is admitted, so that only what is sent is held for. */
async function prepareFor<Answer, Frame>(
  request: TurnRequest<Answer, Frame>,
  { session, ...known }: Known,
  parts: TurnParts,
): Promise<AdmittedTurn<Answer, Frame> | Refusal> {
  const route = routeModel(request.modelId, request.caller.tenant, parts.catalog, parts.region);
  if ("refused" in route) {
    return route;
  }
  const call = await planCall(request, route, { ...known, session, ...(session && pastOf(session)) }, parts);
  if ("refused" in call) {
    return call;
  }
  if (session && call.conversation === undefined) {
    return refusal({
      code: "unsupported_parameter",
      message: "Only chats have sessions: leave out the session on this route.",
      param: "session",
    });
  }
  return admit(request, route, call, parts);
}

async function* streamAndSettle<Frame>(
  admitted: AdmittedTurn<unknown, Frame>,
  session: OpenSession | undefined,
  end: AbortSignal,
  outcome: TurnOutcome,
  parts: TurnParts,
): AsyncGenerator<readonly Frame[]> {
  let open = session;
  let kept: SessionTurn | undefined;
  parts.running.begin();
  try {
    for await (const batch of invokeModelStream(admitted, end, outcome, parts)) {
      // Before the reader hears the end: it may leave then, or ask for the next turn at once.
      if (open && outcome.status === "completed") {
        kept = await rememberIn(open, admitted, outcome, parts);
        open = undefined;
      }
      yield batch;
    }
  } finally {
    kept = (await rememberIn(open, admitted, outcome, parts)) ?? kept;
    await settleInTime(admitted, outcome, parts);
    lookAfterSession(session, kept, admitted, parts);
  }
}

function pastOf({
  turns,
  summary,
}: OpenSession): Pick<PlanOptions, "history" | "historyIds" | "summary" | "earlierTurns"> {
  const { messages, ids } = historyOf(turns);
  return {
    history: messages,
    historyIds: ids,
    summary: summary && toSummary(summary),
    earlierTurns: turns.length < mostTurns ? 0 : (turns[0]?.sequence ?? 1) - 1,
  };
}

/** After the answer, so that nobody waits for it; the next turn finds the summary and the vectors, or does without. */
function lookAfterSession(
  session: OpenSession | undefined,
  kept: SessionTurn | undefined,
  turn: AdmittedTurn,
  parts: TurnParts,
): void {
  if (session && kept) {
    if (contextPolicyOf(turn.request).strategy === "summarise") {
      parts.inBackground(summariseSession(turn, session, kept, (call) => runTurn(call, parts), parts));
    }
    parts.inBackground(embedSession(turn, session, kept, (call) => runTurn(call, parts), parts));
  }
}

/**
 * A call that a grant let through is settled in a group, after its answer: what it did not use is free for others in
 * memory. A call with holds of its own is settled before its caller can ask again, or the next call might be refused
 * for want of what this one gives back.
 */
async function settleInTime(turn: AdmittedTurn, outcome: TurnOutcome, parts: TurnParts): Promise<void> {
  const settled = settleTurn(turn, outcome, parts).finally(() => parts.running.end());
  if (turn.reservation.grantId === undefined) {
    await settled;
  }
}

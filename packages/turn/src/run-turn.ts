/**
 * The story of a request, once its caller is known: open its session, recall what is remembered, route it, plan the call
 * (check it, fit it into the model's window, bound it), hold its worst case against the tenant's limits, search its session by
 * likeness, ask the model, keep the turn, and settle what it really cost. This is the only file that knows the order; what
 * differs between Converse, InvokeModel, embeddings and images is the request's operation.
 */
import type { Refusal } from "@caprock/domain";
import { type AdmittedTurn, admit } from "./admit.ts";
import { endOfCall } from "./call-end.ts";
import { invokeModel, invokeModelStream } from "./invoke-model.ts";
import { keepTurn, lookAfterSession } from "./keep-turn.ts";
import { noteRefusal } from "./note-refusal.ts";
import { type Known, planCall } from "./plan-call.ts";
import { primeFrames } from "./primed-frames.ts";
import { recallMemory } from "./recall-memory.ts";
import { recallSession, remember } from "./remember.ts";
import { routeModel } from "./route-model.ts";
import { searchByLikeness } from "./search/search-by-likeness.ts";
import { settleTurn } from "./settle-turn.ts";
import { TurnOutcome } from "./turn-outcome.ts";
import { type OpenedTurn, reportOf } from "./turn-report.ts";
import type { RunTurn, TurnAnswer, TurnParts, TurnRequest, TurnStream } from "./turn-request.ts";

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
  parts.running.begin();
  try {
    answer = await invokeModel(admitted, endOfCall(request, parts), outcome, parts);
  } finally {
    await keepTurn(session, admitted, outcome, parts);
    await settleTurn(admitted, outcome, parts);
    lookAfterSession(session, outcome, admitted, asker(parts), parts);
  }
  return { answer, ...reportOf(opened, request, outcome.kept?.turnId) };
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
  const outcome = new TurnOutcome(request.signal, parts.clock);
  const end = endOfCall(request, parts);
  const frames = await primeFrames(streamAndSettle(opened, end, outcome, parts), end);
  const isKept = () => outcome.kept !== undefined;
  return { frames, headers: outcome.headers, isKept, ...reportOf(opened, request, request.requestId) };
}

async function* streamAndSettle<Frame>(
  { admitted, session }: OpenedTurn<unknown, Frame>,
  end: AbortSignal,
  outcome: TurnOutcome,
  parts: TurnParts,
): AsyncGenerator<readonly Frame[]> {
  let open = session;
  parts.running.begin();
  try {
    for await (const batch of invokeModelStream(admitted, end, outcome, parts)) {
      // Before the reader hears the end: it may leave then, or ask for the next turn at once.
      if (open && outcome.status === "completed") {
        await keepTurn(open, admitted, outcome, parts);
        open = undefined;
      }
      yield batch;
    }
  } finally {
    await keepTurn(open, admitted, outcome, parts);
    await settleTurn(admitted, outcome, parts);
    lookAfterSession(session, outcome, admitted, asker(parts), parts);
  }
}

/** The session is opened first: its history is part of the prompt. What is refused after it leaves nothing in it. */
async function open<Answer, Frame>(
  request: TurnRequest<Answer, Frame>,
  streamed: boolean,
  parts: TurnParts,
): Promise<OpenedTurn<Answer, Frame> | Refusal> {
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
    const admitted = await admitOrFallBack(request, { streamed, session, memories, preferences }, parts);
    isAdmitted = !("refused" in admitted);
    if ("refused" in admitted) {
      return admitted;
    }
    const { turn, likeness } = await searchByLikeness(admitted, session, asker(parts), parts);
    return { admitted: turn, session, recalled, likeness };
  } finally {
    if (session && !isAdmitted) {
      await remember(session, undefined, false, parts);
    }
  }
}

/** A call that its tenant's budget does not cover is asked of a cheaper model, if the tenant has named one and that one fits. */
async function admitOrFallBack<Answer, Frame>(
  request: TurnRequest<Answer, Frame>,
  known: Known,
  parts: TurnParts,
): Promise<AdmittedTurn<Answer, Frame> | Refusal> {
  const admitted = await routePlanAndAdmit(request, known, parts);
  const { overBudget } = request.caller.tenant.limits;
  if (
    !("refused" in admitted) ||
    !isOverBudget(admitted) ||
    overBudget.kind !== "fall-back" ||
    !request.operation.portable
  ) {
    return admitted;
  }
  const cheaper = await routePlanAndAdmit({ ...request, modelId: overBudget.modelId }, known, parts);
  return "refused" in cheaper ? admitted : cheaper;
}

/** The call is planned before it is admitted, so that only what is sent is held for. */
async function routePlanAndAdmit<Answer, Frame>(
  request: TurnRequest<Answer, Frame>,
  known: Known,
  parts: TurnParts,
): Promise<AdmittedTurn<Answer, Frame> | Refusal> {
  const route = routeModel(request.modelId, request.caller.tenant, parts.catalog, parts.region);
  if ("refused" in route) {
    return route;
  }
  const call = await planCall(request, route, known, parts);
  return "refused" in call ? call : admit(request, route, call, parts);
}

function isOverBudget({ refused }: Refusal): boolean {
  return refused.code === "budget_exceeded" && refused.details?.unit === "nanoUsd";
}

/** By which Caprock makes calls of its own accord for a turn: they are turns too. */
function asker(parts: TurnParts): RunTurn {
  return (request) => runTurn(request, parts);
}

/** Scores each message of a conversation for a question: its words, what stands around it, who spoke, and when. */
import { matchMessages, matchSessions } from "./bm25.ts";
import { conceptsOf, feedbackConcepts } from "./concepts.ts";
import type { ConversationIndex, IndexedMessage } from "./conversation-index.ts";
import type { DayRange } from "./dates.ts";
import type { ReadQuestion } from "./question.ts";
import { weights } from "./weights.ts";

/** Above this a message's score falls with its length: a pasted file must not take the place of all else. */
const largeMessageTokens = 1_000;

/** A score of 0 or more for each message, by its place; 0 when nothing speaks for it. */
export function scoreMessages(index: ConversationIndex, question: ReadQuestion): Float64Array {
  const concepts = conceptsOf(question.words, index);
  const around = new Float64Array(index.messages.length);
  const own = matchMessages(index, concepts, around);
  const context: Context = {
    around,
    sessions: matchSessions(index, concepts),
    factors: factorsOf(index, question),
  };
  const first = inContext(index, own, context);
  const feedback = matchMessages(index, feedbackConcepts(index, concepts, first));
  for (let i = 0; i < own.length; i++) {
    own[i] = (own[i] ?? 0) + (feedback[i] ?? 0);
  }
  return inContext(index, own, context);
}

interface Context {
  /** Two by the message's place, the middle one by the session's number. */
  readonly around: Float64Array;
  readonly sessions: Float64Array;
  readonly factors: Float64Array;
}

/** Adds to each message's own score what its surroundings give: an answer often lacks the words of the question. */
function inContext(index: ConversationIndex, own: Float64Array, context: Context): Float64Array {
  const { messages, sessionOf } = index;
  const scores = new Float64Array(own.length);
  const before = sumsOfOneSide(own, sessionOf, -1, weights.beforeDecay);
  const after = sumsOfOneSide(own, sessionOf, 1, weights.afterDecay);
  for (let i = 0; i < own.length; i++) {
    const session = sessionOf[i] ?? 0;
    let score = (own[i] ?? 0) + (context.around[i] ?? 0) + weights.session * (context.sessions[session] ?? 0);
    score += weights.before * (before[i] ?? 0) + weights.after * (after[i] ?? 0);
    const previous = messages[i - 1];
    if (previous?.asks && previous.session === session && previous.speaker !== messages[i]?.speaker) {
      score += weights.afterQuestion * (own[i - 1] ?? 0);
    }
    scores[i] = score * (context.factors[i] ?? 1);
  }
  return scores;
}

/** For each message the scores of all before it (`side` -1) or after it (1) in its session, each step away times `decay`. */
function sumsOfOneSide(
  own: Float64Array,
  sessionOf: readonly number[],
  side: -1 | 1,
  decay: number,
): Float64Array {
  const sums = new Float64Array(own.length);
  const last = own.length - 1;
  for (let step = 1; step <= last; step++) {
    const i = side < 0 ? step : last - step;
    const beside = i + side;
    if (sessionOf[beside] === sessionOf[i]) {
      sums[i] = (own[beside] ?? 0) + decay * (sums[beside] ?? 0);
    }
  }
  return sums;
}

function factorsOf(index: ConversationIndex, question: ReadQuestion): Float64Array {
  const factors = new Float64Array(index.messages.length);
  for (let i = 0; i < factors.length; i++) {
    const message = index.messages[i];
    factors[i] = message ? factorOf(message, question, index.speakers.length) : 1;
  }
  return factors;
}

function factorOf(message: IndexedMessage, question: ReadQuestion, speakers: number): number {
  let factor = 1;
  if (question.speakers.has(message.speaker) && question.speakers.size < speakers) {
    factor += weights.speaker;
  }
  if (question.days.length > 0) {
    if (message.day !== undefined) {
      factor += weights.saidOnDay * nearness({ fromDay: message.day, toDay: message.day }, question.days);
    }
    const about = message.namedDays.map((days) => nearness(days, question.days));
    factor += weights.aboutDay * Math.max(0, ...about);
  }
  if (question.wants === "time" && message.hasTime) {
    factor += weights.time;
  }
  if (question.wants === "number" && message.hasNumber) {
    factor += weights.number;
  }
  if (message.asks) {
    factor -= weights.asks;
  }
  return factor * Math.min(1, largeMessageTokens / message.tokens);
}

/** 1 where the ranges touch, a half at a week's distance, 0 beyond four. */
function nearness(days: DayRange, named: readonly DayRange[]): number {
  const gaps = named.map((range) => Math.max(0, range.fromDay - days.toDay, days.fromDay - range.toDay));
  const gap = Math.min(...gaps);
  return gap > 28 ? 0 : 7 / (7 + gap);
}

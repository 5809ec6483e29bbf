/** Clients that call without end, each with its own choices, and judge what they are told. */
import { type CallEnd, makeCall, planCall } from "./call.ts";
import type { Chronicle } from "./chronicle.ts";
import { type Member, models } from "./population.ts";
import type { Processes } from "./processes.ts";
import { Seeded } from "./seeded.ts";

/** What the client of a whole answer was told that it used. */
export type ToldUsage = Map<string, NonNullable<CallEnd["told"]>>;

export interface ClientsParts {
  readonly seed: number;
  readonly clients: number;
  readonly members: readonly Member[];
  readonly processes: Processes;
  readonly chronicle: Chronicle;
  /** The longest pause between two calls of a client. */
  readonly mostPauseMs: number;
  readonly stop: AbortSignal;
}

/** Codes that a limit, an expected failure of what Caprock needs, or a retired key explains. */
const expectedCodes = new Set([
  "budget_exceeded",
  "rate_limited",
  "revoked_api_key",
  "shutting_down",
  "upstream_failed",
  "upstream_throttled",
  "upstream_timeout",
  "upstream_unavailable",
]);

/** The exceptions of Bedrock's wire for the same, in a stream that had begun. */
const expectedExceptions = new Set([
  "ModelErrorException",
  "ModelStreamErrorException",
  "ModelTimeoutException",
  "ServiceQuotaExceededException",
  "ServiceUnavailableException",
  "ThrottlingException",
]);

/** In a stream an exception's name begins with a small letter, in a whole answer with a capital one. */
function isExpectedException(code: string): boolean {
  return expectedExceptions.has(code.charAt(0).toUpperCase() + code.slice(1));
}

/** Resolves when every client has stopped, with what was told of each answer. */
export async function runClients(parts: ClientsParts): Promise<ToldUsage> {
  const told: ToldUsage = new Map();
  await Promise.all(
    Array.from({ length: parts.clients }, (_, index) => runClient(index, parts, told)),
  );
  return told;
}

async function runClient(
  index: number,
  { seed, members, processes, chronicle, mostPauseMs, stop }: ClientsParts,
  told: ToldUsage,
): Promise<void> {
  const random = Seeded.of(seed, "client", index);
  const member = members[index % members.length];
  while (member && !stop.aborted) {
    await random.pause(0, mostPauseMs, stop);
    const plan = planCall(random, models);
    const key = random.pick(member.keys);
    const url = processes.anyUrl(random);
    if (stop.aborted || url === undefined) {
      continue;
    }
    const end = await makeCall(url, key.secret, plan);
    const shape = `${plan.wire} ${plan.maxTokens === undefined ? "open-ended " : ""}${plan.streamed ? "stream" : "whole"}`;
    chronicle.count("calls", shape);
    chronicle.count("ends", end.kind);
    if (end.code !== undefined) {
      chronicle.count(end.kind, end.code);
      chronicle.count(`${end.kind}: ${member.name}`, limitOf(end));
    }
    if (end.kind === "answered" && end.requestId !== undefined && end.told) {
      told.set(end.requestId, end.told);
    }
    judge(end, member, key.retired, chronicle);
  }
}

function limitOf({ code = "", details }: CallEnd): string {
  return details?.limit === undefined ? code : `${code} by ${details.limit}`;
}

function judge(
  { kind, code, details, requestId }: CallEnd,
  member: Member,
  keyIsRetired: boolean,
  chronicle: Chronicle,
): void {
  if (kind === "cut") {
    return;
  }
  const ids = requestId === undefined ? [] : [requestId];
  const isLimit = code === "budget_exceeded" || code === "rate_limited" || code === "serviceQuotaExceededException";
  if (code !== undefined && !expectedCodes.has(code) && !isExpectedException(code)) {
    chronicle.violated(`A call of "${member.name}" got ${code}.`, ids);
  }
  if (code === "revoked_api_key" && !keyIsRetired) {
    chronicle.violated(`A key of "${member.name}" that is in force was refused.`, ids);
  }
  if (isLimit && member.hasPlenty) {
    chronicle.violated(`"${member.name}" has plenty left and got ${code} (${JSON.stringify(details)}).`, ids);
  }
  if (isLimit && details?.remaining !== undefined && Number(details.remaining) >= Number(details.needed)) {
    chronicle.violated(`A call that fits was refused: ${JSON.stringify(details)}.`, ids);
  }
}

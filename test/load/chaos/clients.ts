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
  /** So many of them hardly pause: their tenants are let through by grants. */
  readonly busyClients: number;
  readonly members: readonly Member[];
  readonly processes: Processes;
  readonly chronicle: Chronicle;
  /** The longest time that another client does not call; then it calls several times in a row. */
  readonly mostPauseMs: number;
  readonly stop: AbortSignal;
}

export const mostCallsInARow = 12;

const mostBusyPauseMs = 300;

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

/** Resolves when every client has stopped, with what was told of each answer. */
export async function runClients(parts: ClientsParts): Promise<ToldUsage> {
  const told: ToldUsage = new Map();
  await Promise.all(Array.from({ length: parts.clients }, (_, index) => runClient(index, parts, told)));
  return told;
}

async function runClient(index: number, parts: ClientsParts, told: ToldUsage): Promise<void> {
  const { seed, members, processes, busyClients, mostPauseMs, stop } = parts;
  const random = Seeded.of(seed, "client", index);
  const byShare = members.flatMap((one) => Array.from({ length: one.share }, () => one));
  const member = byShare[index % byShare.length];
  while (member && !stop.aborted) {
    await random.pause(0, index < busyClients ? mostBusyPauseMs : mostPauseMs, stop);
    // A client at work calls several times in a row, over the connection that it has.
    const url = processes.anyUrl(random);
    const calls = url === undefined ? 0 : random.between(1, mostCallsInARow);
    for (let call = 0; call < calls && url !== undefined && !stop.aborted; call += 1) {
      const { kind } = await makeOneCall(url, member, random, parts, told);
      if (kind === "cut") {
        break;
      }
      await random.pause(0, 100, stop);
    }
  }
}

async function makeOneCall(
  url: string,
  member: Member,
  random: Seeded,
  { chronicle }: ClientsParts,
  told: ToldUsage,
): Promise<CallEnd> {
  const plan = planCall(random, models);
  const key = random.pick(member.keys);
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
  return end;
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
  const isLimit = code === "budget_exceeded" || code === "rate_limited";
  if (code !== undefined && !expectedCodes.has(code)) {
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

/** Check: one real call, watched from its hold to its settlement. */
import { formatUsd, type NanoUsd, promptTokens, type RequestId, type Tenant } from "@caprock/domain";
import type { Account, GrantId } from "../account-store.ts";
import type { LedgerEntry } from "../ledger-store.ts";
import { monthlyCap } from "../limits.ts";
import { type CheckDefinition, type CheckReport, Findings, instantText } from "./findings.ts";
import type { VerifyParts } from "./verify-parts.ts";

/** What a probe's call was answered. Tokens as the caller was told them. */
export interface ProbeAnswer {
  readonly requestId: RequestId;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** Port: makes a real call, which is charged. */
export interface Probe {
  /** Whose key it calls with. */
  readonly tenant: Tenant;
  /** What is called, for people. */
  readonly what: string;
  /** Makes one small call that is answered whole. Rejects where it is refused or fails. */
  call(): Promise<ProbeAnswer>;
}

/** A call that is answered at once may be over before its account is read; it is then made again. */
const mostCalls = 5;
/** So many readings cannot all miss a hold that is there for as long as the model is asked. */
const readingsThatProve = 20;
const lookPauseMs = 2;
/** Groups of settlements are told to accounts every quarter of a second; a slow store adds to it. */
const settlesWithinMs = 10_000;
const settlePauseMs = 200;

export const probeIsAccounted: CheckDefinition = {
  id: "probe-is-accounted",
  promise:
    "A call is held for before it is made; once it is answered it is in the ledger, with the tokens that its caller was told; and then it is settled: nothing of it is held any more.",
  method:
    "A real call is made, which is charged, while the account of its tenant's monthly cap is read again and again: the hold of the call must be there, or the grant of the process that let it through. It is made up to five times, until one is caught while it runs. Then the ledger and the account are read until the call is settled, for up to ten seconds.",
};

type Parts = Pick<VerifyParts, "accounts" | "ledger" | "clock" | "pause">;

export async function checkProbeIsAccounted(probe: Probe, parts: Parts): Promise<CheckReport> {
  const findings = new Findings();
  for (let made = 0; made < mostCalls; made += 1) {
    const seen = await callAndWatch(probe, parts);
    findings.lookedAt("calls");
    findings.lookedAt("readings of the account while they ran", seen.readings);
    const settled = await untilSettled(seen, probe, parts);
    const { entry } = settled;
    if (entry && monthlyCap(probe.tenant, entry.arrivedAtMs).accountId !== seen.accountId) {
      // The month turned between: another account was held on than was read.
      continue;
    }
    judge(seen, settled, findings);
    const wasSeen = entry === undefined || asideFor(seen, entry) !== undefined;
    if (!wasSeen && seen.readings >= readingsThatProve) {
      findings.offend(
        seen.answer.requestId,
        `was not held for: ${seen.readings} readings of ${seen.accountId} while it ran show neither a hold of it nor a grant`,
      );
    }
    if (wasSeen || seen.readings >= readingsThatProve) {
      tell(probe, seen, settled, findings);
      return findings.report(probeIsAccounted);
    }
  }
  const isSound = findings.report(probeIsAccounted).offenderCount === 0;
  const reason = `${mostCalls} calls were each answered before the account could be read. Try again, or call a slower model.`;
  return findings.report(probeIsAccounted, isSound ? { outcome: "unfinished", reason } : undefined);
}

interface WatchedCall {
  readonly answer: ProbeAnswer;
  readonly accountId: string;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly settledBefore: NanoUsd;
  readonly readings: number;
  /** The largest that was seen of each. */
  readonly holds: ReadonlyMap<RequestId, NanoUsd>;
  readonly grants: ReadonlyMap<GrantId, NanoUsd>;
}

async function callAndWatch(probe: Probe, { accounts, clock, pause }: Parts): Promise<WatchedCall> {
  const sentAtMs = clock.now();
  const { accountId } = monthlyCap(probe.tenant, sentAtMs);
  const holds = new Map<RequestId, NanoUsd>();
  const grants = new Map<GrantId, NanoUsd>();
  const note = (account: Account | undefined) => {
    for (const { requestId, amount } of account?.holds ?? []) {
      holds.set(requestId, amount);
    }
    for (const { id, amount } of account?.grants ?? []) {
      grants.set(id, amount);
    }
  };
  const before = await accounts.read(accountId);
  note(before);
  let isAnswered = false;
  let readings = 0;
  const answering = probe.call().finally(() => {
    isAnswered = true;
  });
  const watching = (async () => {
    while (!isAnswered) {
      note(await accounts.read(accountId));
      readings += 1;
      await pause(lookPauseMs);
    }
  })();
  const [answer] = await Promise.all([answering, watching]);
  return {
    answer,
    accountId,
    sentAtMs,
    answeredAtMs: clock.now(),
    settledBefore: before?.settled ?? 0n,
    readings,
    holds,
    grants,
  };
}

interface SettledCall {
  readonly entry: LedgerEntry | undefined;
  readonly account: Account | undefined;
  readonly isSettled: boolean;
  readonly atMs: number;
}

async function untilSettled(
  { answer, accountId, answeredAtMs }: WatchedCall,
  { tenant }: Probe,
  { accounts, ledger, clock, pause }: Parts,
): Promise<SettledCall> {
  for (;;) {
    const entry = await ledger.find(tenant.id, answer.requestId);
    const account = await accounts.read(accountId);
    const isSettled = entry !== undefined && account !== undefined && isSettledOn(account, entry);
    const atMs = clock.now();
    if (isSettled || atMs >= answeredAtMs + settlesWithinMs) {
      return { entry, account, isSettled, atMs };
    }
    await pause(settlePauseMs);
  }
}

/** Neither a hold of the call is there, nor a grant that the call's group has not been told of. */
function isSettledOn({ holds, grants }: Account, { requestId, grant }: LedgerEntry): boolean {
  const open = grants.find(({ id }) => id === grant?.id);
  return (
    !holds.some((hold) => hold.requestId === requestId) && (!grant || !open || open.batch >= grant.batch)
  );
}

/** What was set aside for the call while it ran, in words; undefined where nothing was seen of it. */
function asideFor({ holds, grants }: WatchedCall, { requestId, grant }: LedgerEntry): string | undefined {
  const held = holds.get(requestId);
  const granted = grant && grants.get(grant.id);
  return granted !== undefined
    ? `a grant of its process, ${grant?.id}, with $${formatUsd(granted)} set aside`
    : held !== undefined
      ? `a hold of $${formatUsd(held)}`
      : undefined;
}

function judge(
  { answer, settledBefore }: WatchedCall,
  { entry, account, isSettled }: SettledCall,
  findings: Findings,
): void {
  const { requestId, promptTokens: prompt, outputTokens } = answer;
  if (!entry) {
    findings.offend(requestId, `was answered, and is not in the ledger ${settlesWithinMs / 1_000} s later`);
    return;
  }
  const read = promptTokens(entry.usage);
  if (!entry.estimated && (read !== prompt || entry.usage.output !== outputTokens)) {
    findings.offend(
      requestId,
      `told its caller ${prompt} + ${outputTokens} tokens, and its entry has ${read} + ${entry.usage.output}`,
    );
  }
  if (!isSettled) {
    findings.offend(requestId, `is not settled ${settlesWithinMs / 1_000} s after its answer`);
  } else if (account && account.settled - settledBefore < entry.costNanoUsd) {
    const grown = formatUsd(account.settled - settledBefore);
    findings.offend(requestId, `costs $${formatUsd(entry.costNanoUsd)}, and its account grew by $${grown}`);
  }
}

/** The call's story, step by step, with what was read of each. */
function tell(
  { what, tenant }: Probe,
  seen: WatchedCall,
  { entry, account, isSettled, atMs }: SettledCall,
  findings: Findings,
): void {
  const { answer, accountId, sentAtMs, answeredAtMs, settledBefore } = seen;
  findings.saw(`${instantText(sentAtMs)} ${what} is called with a key of tenant ${tenant.id}`);
  if (!entry) {
    return;
  }
  findings.saw(`Held: while it ran, account ${accountId} had ${asideFor(seen, entry) ?? "nothing for it"}`);
  findings.saw(
    `Answered after ${answeredAtMs - sentAtMs} ms, as request ${answer.requestId}: ${answer.promptTokens} tokens read, ${answer.outputTokens} generated`,
  );
  findings.saw(
    `In the ledger: ${entry.invokedId} at tier ${entry.serviceTier}, $${formatUsd(entry.costNanoUsd)} by edition ${entry.priceBookVersion}`,
  );
  if (isSettled && account) {
    const grown = account.settled - settledBefore;
    const others = grown === entry.costNanoUsd ? "and nothing else" : "with other calls meanwhile";
    findings.saw(
      `Settled ${Math.max(0, atMs - answeredAtMs)} ms later: nothing of it is held; the account's settled sum grew by $${formatUsd(grown)}, by its cost ${others}`,
    );
  }
}

/** For the model check: what a simulated process and its calls are. */
import type { Clock, Random, RequestId, Tenant } from "@caprock/domain";
import { noTokens } from "@caprock/domain";
import type { AccountStore } from "../../account-store.ts";
import type { Admission, AdmissionRequest, Reservation, WorstCaseUse } from "../../admission.ts";
import type { GrantNotes } from "../../grants/grant-notes.ts";
import type { LoggedInvocation } from "../../invocation-log.ts";
import type { LedgerEntry, LedgerStore } from "../../ledger-store.ts";
import { ledgerEntry } from "../ledger-entry.ts";
import type { Stop } from "./scheduled-stores.ts";

/** Shortly before a minute, an hour, a day and a month end; for some clocks they are over. */
export const startMs = Date.parse("2026-11-30T23:58:30Z");
export const holdTtlMs = 600_000;
export const graceMs = 600_000;
export const skewsMs = [0, 120_000, -120_000, 1, -60_000];
export const logDelaysMs = [0, 60_000, 180_000];
/** As in turn: longer a call may not take. */
export const longestCallMs = holdTtlMs * 0.75;
/** What an admission of a simulated process is made of. */
export interface SimulatedParts {
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  readonly notes: GrantNotes;
  readonly clock: Clock;
  readonly random: Random;
  readonly holdTtlMs: number;
  readonly resolvesLater: boolean;
  readonly pause: (durationMs: number) => Promise<void>;
  readonly repeat: (work: () => Promise<void>) => () => void;
  readonly onFailure: () => void;
}

export interface SimulatedProcess {
  readonly name: string;
  /** Milliseconds that its clock is ahead of Bedrock's. */
  readonly skewMs: number;
}

/** Makes the admission of a process. */
export type AdmissionOf = (process: SimulatedProcess, parts: SimulatedParts) => Admission;

export interface Process extends SimulatedProcess {
  readonly clock: Clock;
  readonly stop: Stop;
  readonly admission: Admission;
  readonly rounds: Set<() => Promise<void>>;
  /** The tenant as this process read it last. */
  tenant: Tenant;
}

export interface Call {
  readonly process: Process;
  readonly request: AdmissionRequest;
  readonly startedAtMs: number;
  /** The last check of the books before it asked. */
  readonly askedAtCheck: number;
  state: "asking" | "admitted" | "ended" | "gone";
  reservation?: Reservation;
  /** What Bedrock served of it. */
  ranTokens?: number;
  entry?: LedgerEntry;
  atMost?: WorstCaseUse;
}

/** One nano-USD a token. */
export function entryOf(
  requestId: RequestId,
  { tenant, apiKeyId, application, modelId }: AdmissionRequest,
  tokens: number,
) {
  return ledgerEntry(tenant.id, requestId, {
    apiKeyId,
    application,
    modelId,
    usage: { ...noTokens, input: tokens },
    costNanoUsd: BigInt(tokens),
    listCostNanoUsd: BigInt(tokens),
  });
}

/** What Bedrock logs of a call that ran. */
export function invocationOf({ request, reservation }: Call, tokens: number): LoggedInvocation {
  const { requestId, tenant, apiKeyId, application } = request;
  return {
    awsRequestId: `aws ${requestId}`,
    requestId,
    tenantId: tenant.id,
    apiKeyId,
    application,
    wire: "test",
    invokedId: "vendor.model",
    serviceTier: "default",
    usage: { ...noTokens, input: tokens },
    ...(reservation?.grantId === undefined ? {} : { grantId: reservation.grantId }),
  };
}

/** The tenants of a run: some with room for everything, some whose limits are reached in one way or another. */
import type { AdminClient } from "@caprock/contract";
import { formatUsd } from "@caprock/domain";

type UpdateTenant = Parameters<AdminClient["updateTenant"]>[0]["body"];
type CreateTenant = Parameters<AdminClient["createTenant"]>[0]["body"];

/** A key that clients call with; `secret` is replaced when it is rotated, `retired` set before it is revoked. */
export interface Key {
  readonly id: string;
  secret: string;
  rotatedAtMs: number;
  retired: boolean;
}

export interface Member {
  readonly name: string;
  readonly id: string;
  readonly keys: Key[];
  /** Has no limit that the run could reach: to refuse one of its calls for a limit is wrong. */
  readonly hasPlenty: boolean;
  /** Its monthly cap is raised and lowered while the run goes on. */
  readonly capIsEdited: boolean;
  readonly capNanoUsd: bigint;
  /** How many of the clients are its own, of `allShares`. */
  readonly share: number;
}

interface Plan {
  readonly name: string;
  readonly create: Omit<CreateTenant, "name">;
  readonly update: UpdateTenant | undefined;
  readonly applications: readonly string[];
  readonly capIsEdited?: boolean;
  readonly share: number;
}

export const models = ["amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0", "us.amazon.nova-pro-v1:0"];

/** About what a call of the run costs on average; tight caps are measured by it. */
const usualCostNanoUsd = 60_000n;

/** `calls` is what a tenant with one share of the clients is likely to make. */
function plans(calls: number): readonly Plan[] {
  const usd = (part: number) => formatUsd(BigInt(Math.ceil(calls * part)) * usualCostNanoUsd);
  const much = { monthlyCapUsd: "100000", requestsPerMinute: 1_000_000 };
  return [
    { name: "plenty", create: much, update: undefined, applications: ["default"], share: 6 },
    {
      name: "charged more, in Los Angeles",
      create: { ...much, timeZone: "America/Los_Angeles" },
      update: { markup: { basisPoints: 1_234 } },
      applications: ["default", "other"],
      share: 2,
    },
    {
      name: "tight cap",
      create: { ...much, monthlyCapUsd: usd(1.2) },
      update: undefined,
      applications: ["default"],
      share: 4,
      capIsEdited: true,
    },
    {
      name: "throttled, in Kolkata",
      create: { ...much, monthlyCapUsd: usd(0.8), timeZone: "Asia/Kolkata" },
      update: { overBudget: { kind: "throttle" } },
      applications: ["default"],
      share: 2,
      capIsEdited: true,
    },
    {
      name: "falls back",
      create: { ...much, monthlyCapUsd: usd(0.8) },
      update: { overBudget: { kind: "fall-back", modelId: "amazon.nova-micro-v1:0" } },
      applications: ["default"],
      share: 2,
    },
    {
      name: "limits of parts",
      create: much,
      update: {
        rules: [
          { id: "key-tokens", scope: "key", unit: "tokens", window: "minute", amount: 60_000 },
          { id: "bot-day", scope: "application", of: "bot", unit: "usd", window: "day", amount: usd(0.2) },
          { id: "apps-week", scope: "application", unit: "usd", window: "week", amount: "1000" },
          { id: "at-once", scope: "tenant", unit: "concurrency", amount: 12 },
          { id: "model-day", scope: "model", unit: "tokens", window: "day", amount: 1_000_000_000 },
        ],
      },
      applications: ["bot", "site"],
      share: 2,
    },
    {
      name: "few requests",
      create: { monthlyCapUsd: "1000", requestsPerMinute: Math.max(20, Math.ceil(calls / 20)) },
      update: {
        rules: [
          {
            id: "week",
            scope: "tenant",
            unit: "requests",
            window: "week",
            amount: Math.ceil(calls * 1.2),
          },
        ],
      },
      applications: ["default"],
      share: 2,
    },
  ];
}

export const allShares = 20;

/** Creates the tenants, and limits of the platform that count everything and are never reached. */
export async function populate(admin: AdminClient, calls: number): Promise<readonly Member[]> {
  await admin.replacePlatformLimits({
    body: {
      version: 0,
      rules: [
        { id: "all-day", scope: "platform", unit: "usd", window: "day", amount: "100000" },
        { id: "model-week", scope: "model", unit: "requests", window: "week", amount: 1_000_000_000 },
      ],
    },
  });
  const members: Member[] = [];
  const wanted = plans(calls / allShares);
  for (const { name, create, update, applications, share, capIsEdited = false } of wanted) {
    const { id } = await admin.createTenant({ body: { name, ...create } });
    if (update) {
      await admin.updateTenant({ params: { tenantId: id }, body: update });
    }
    const keys = await Promise.all(applications.map((application) => newKey(admin, id, application)));
    const { monthlyCapUsd } = await admin.readTenant({ params: { tenantId: id } });
    members.push({
      name,
      id,
      keys,
      hasPlenty: update?.rules === undefined && create.monthlyCapUsd === "100000",
      capIsEdited,
      share,
      capNanoUsd: BigInt(Math.round(Number(monthlyCapUsd) * 1e9)),
    });
  }
  return members;
}

export async function newKey(admin: AdminClient, tenantId: string, application: string): Promise<Key> {
  const { id, apiKey } = await admin.createApiKey({
    params: { tenantId },
    body: { name: "chaos", application },
  });
  return { id, secret: apiKey, rotatedAtMs: 0, retired: false };
}

/** What goes wrong in a run, and what admins change meanwhile. */
import type { FaultRequest } from "@caprock/aws-local";
import { AdminApiError, type AdminClient } from "@caprock/contract";
import { formatUsd } from "@caprock/domain";
import type { Platform } from "../../platform/start-platform.ts";
import type { Chronicle } from "./chronicle.ts";
import { type Member, newKey } from "./population.ts";
import type { Processes } from "./processes.ts";
import { Seeded } from "./seeded.ts";

export interface DisturbancesParts {
  readonly seed: number;
  readonly platform: Platform;
  readonly members: readonly Member[];
  readonly processes: Processes;
  readonly chronicle: Chronicle;
  /** The shortest and the longest time between two kills. */
  readonly killsMs: readonly [number, number];
  readonly stop: AbortSignal;
}

/** How long a replaced secret is still accepted: longer than it takes to begin a call. */
const graceSeconds = 30;

/** Resolves soon after `stop` has fired; what it was about to change is then changed. */
export async function disturb(parts: DisturbancesParts): Promise<void> {
  await Promise.all([injectFaults(parts), killProcesses(parts), administrate(parts)]);
}

async function injectFaults({ seed, platform, chronicle, stop }: DisturbancesParts): Promise<void> {
  const random = Seeded.of(seed, "faults");
  while (!stop.aborted) {
    await random.pause(500, 4_000, stop);
    const fault = random.chance(0.6) ? dynamoDbFault(random) : bedrockFault(random);
    platform.awsLocal.addFault(fault);
    chronicle.count(`faults: ${fault.service}`, fault.kind, fault.count);
  }
}

function dynamoDbFault(random: Seeded): FaultRequest & { count: number } {
  return {
    service: "dynamodb",
    kind: random.pick(["throttle", "error", "lostAnswer", "delay", "unavailable"]),
    operation: random.pick([
      "UpdateItem",
      "UpdateItem",
      "UpdateItem",
      "BatchWriteItem",
      "PutItem",
      "GetItem",
      "Query",
    ]),
    // Now and then more than the SDK tries again.
    count: random.chance(0.1) ? random.between(10, 30) : random.between(1, 4),
    delayMs: random.between(50, 1_500),
  };
}

function bedrockFault(random: Seeded): FaultRequest & { count: number } {
  return {
    service: "bedrock",
    kind: random.pick(["throttle", "error", "unavailable", "exception", "exception", "cut", "cut", "delay"]),
    count: random.between(1, 4),
    delayMs: random.between(50, 2_000),
    afterEvents: random.between(0, 20),
  };
}

async function killProcesses({ seed, processes, killsMs, stop }: DisturbancesParts): Promise<void> {
  const random = Seeded.of(seed, "kills");
  while (!stop.aborted) {
    await random.pause(...killsMs, stop);
    if (stop.aborted) {
      return;
    }
    if (random.chance(0.25)) {
      processes.killWorker();
    } else {
      processes.killApi(random);
    }
  }
}

async function administrate(parts: DisturbancesParts): Promise<void> {
  const random = Seeded.of(parts.seed, "admin");
  while (!parts.stop.aborted) {
    await random.pause(500, 2_500, parts.stop);
    const member = random.pick(parts.members);
    const change =
      member.capIsEdited && random.chance(0.6) ? editCap : random.pick([rotate, replaceKey, override]);
    try {
      await change(member, random, parts);
    } catch (error) {
      parts.chronicle.count("admin changes", "failed");
      if (error instanceof Error && error.name === "TimeoutError") {
        parts.chronicle.violated("An admin's change was never answered.");
      }
      if (error instanceof AdminApiError && error.status < 500 && error.status !== 409) {
        parts.chronicle.violated(`An admin's change was refused: ${error.message}`);
      }
    }
  }
}

/** To anything from nothing to a third more than it was at first. */
async function editCap(
  member: Member,
  random: Seeded,
  { processes, chronicle }: DisturbancesParts,
): Promise<void> {
  const capNanoUsd = (member.capNanoUsd * BigInt(random.between(0, 40))) / 30n;
  await processes.admin(random).updateTenant({
    params: { tenantId: member.id },
    body: { monthlyCapUsd: formatUsd(capNanoUsd) },
  });
  chronicle.count("admin changes", "cap edited");
}

async function override(
  member: Member,
  random: Seeded,
  { processes, chronicle }: DisturbancesParts,
): Promise<void> {
  if (member.hasPlenty) {
    return;
  }
  const until = new Date(Date.now() + random.between(15_000, 30_000)).toISOString();
  await processes.admin(random).addOverride({
    params: { tenantId: member.id },
    body: {
      limitId: "requests-per-minute",
      unit: "requests",
      amount: random.between(1, 600),
      until,
      reason: "chaos",
    },
  });
  chronicle.count("admin changes", "override added");
}

async function rotate(
  member: Member,
  random: Seeded,
  { processes, chronicle }: DisturbancesParts,
): Promise<void> {
  const key = random.pick(member.keys);
  if (Date.now() - key.rotatedAtMs < graceSeconds * 1_000 + 1_000) {
    return;
  }
  key.rotatedAtMs = Date.now();
  const params = { tenantId: member.id, apiKeyId: key.id };
  try {
    const { apiKey } = await processes.admin(random).rotateApiKey({ params, body: { graceSeconds } });
    key.secret = apiKey;
    chronicle.count("admin changes", "key rotated");
  } catch (error) {
    // Whether it was rotated is not known, and the new secret is lost: another key takes its place.
    await replace(key, member, processes.admin(random));
    throw error;
  }
}

async function replaceKey(
  member: Member,
  random: Seeded,
  { processes, chronicle }: DisturbancesParts,
): Promise<void> {
  await replace(random.pick(member.keys), member, processes.admin(random));
  chronicle.count("admin changes", "key revoked and replaced");
}

/** Clients learn of the other key before theirs is revoked; a call that has begun may still be refused. */
async function replace(key: Member["keys"][number], member: Member, admin: AdminClient): Promise<void> {
  const application = member.name === "limits of parts" ? "site" : "default";
  member.keys.push(await newKey(admin, member.id, application));
  key.retired = true;
  member.keys.splice(member.keys.indexOf(key), 1);
  await admin.revokeApiKey({ params: { tenantId: member.id, apiKeyId: key.id } });
}

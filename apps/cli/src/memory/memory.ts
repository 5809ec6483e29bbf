/** `caprock memory`: what an operator does with long-term memory, on this machine or on AWS. */
import { CaprockError, tenantIdPattern } from "@caprock/domain";
import { findDeployment } from "../verify/find-deployment.ts";
import { VerifyError } from "../verify/verify-error.ts";
import { ensureLocalMemory, type OpenMemory, openMemory } from "./composition.ts";

export interface MemoryOptions {
  /** All four for a deployment on AWS, none for the local platform. */
  readonly region?: string;
  readonly memoryId?: string;
  readonly queueUrl?: string;
  readonly deadLetterUrl?: string;
  /** Where the local platform keeps its data. */
  readonly dataFolder?: string;
}

type Say = (text: string) => void;

/** Puts ingestion jobs that failed for good back into the queue, at most `most`. Tells the exit code. */
export function redriveMemory(options: MemoryOptions & { readonly most: number }, say: Say, complain: Say) {
  return withMemory(options, complain, async ({ queue }) => {
    const moved = await queue.redrive(options.most);
    say(`${moved} ${moved === 1 ? "job was" : "jobs were"} put back.\n`);
  });
}

/** Prints all that long-term memory has of an actor, a JSON object a line: events first, then records. */
export function exportMemory(
  options: MemoryOptions & { readonly tenant: string; readonly actor: string },
  say: Say,
  complain: Say,
) {
  return withMemory(options, complain, async ({ memory }) => {
    // Memory takes any name for a tenant, and would have nothing of it.
    if (!tenantIdPattern.test(options.tenant)) {
      throw new VerifyError(`"${options.tenant}" is not a tenant id; those look like t0123456789ab.`);
    }
    for await (const event of memory.events(options.tenant, options.actor)) {
      say(`${JSON.stringify({ kind: "event", ...event })}\n`);
    }
    for await (const record of memory.records(options.tenant, options.actor)) {
      say(`${JSON.stringify({ kind: "record", ...record })}\n`);
    }
  });
}

async function withMemory(
  options: MemoryOptions,
  complain: Say,
  work: (open: OpenMemory) => Promise<void>,
): Promise<number> {
  let open: OpenMemory | undefined;
  try {
    open = await find(options);
    await work(open);
    return 0;
  } catch (error) {
    if (!(error instanceof VerifyError || error instanceof CaprockError)) {
      throw error;
    }
    complain(error.message);
    return 1;
  } finally {
    open?.close();
  }
}

async function find({ dataFolder, ...named }: MemoryOptions): Promise<OpenMemory> {
  const { region, memoryId, queueUrl, deadLetterUrl } = named;
  if (region && memoryId && queueUrl && deadLetterUrl) {
    return openMemory({ memoryId, queueUrl, deadLetterUrl }, { region });
  }
  if (region || memoryId || queueUrl || deadLetterUrl) {
    throw new VerifyError(
      "A deployment on AWS is named by --region, --memory-id, --queue-url and --dead-letter-url together.",
    );
  }
  const { local, settings } = await findDeployment(dataFolder === undefined ? {} : { dataFolder });
  const endpoint = local?.awsLocalUrl ?? "";
  const address = await ensureLocalMemory(endpoint, settings.CAPROCK_TABLE_PREFIX);
  return openMemory(address, { region: settings.AWS_REGION, endpoint });
}

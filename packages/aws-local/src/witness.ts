/** The witness: aws-local's own count of what it served, which tests hold the ledger against. */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { z } from "zod";
import { type ServedMemory, ServedOperations } from "./agentcore/served-operations.ts";

const tokens = z.number().int().min(0);
const usageSchema = z.object({
  input: tokens,
  cacheRead: tokens,
  cacheWrite5m: tokens,
  cacheWrite1h: tokens,
  output: tokens,
});

/** What is billed by the piece: images drawn, images that were embedded, and text units of guardrails. */
const unitsSchema = z.object({
  image: z.number().int().min(0).optional(),
  inputImage: z.number().int().min(0).optional(),
  guardrailTopics: z.number().int().min(0).optional(),
  guardrailContent: z.number().int().min(0).optional(),
  guardrailPersonalData: z.number().int().min(0).optional(),
  guardrailGrounding: z.number().int().min(0).optional(),
  guardrailImages: z.number().int().min(0).optional(),
});

const servedSchema = z.object({
  /** The id AWS answers with (x-amzn-requestid). */
  requestId: z.string(),
  operation: z.enum([
    "Converse",
    "ConverseStream",
    "InvokeModel",
    "InvokeModelWithResponseStream",
    "ApplyGuardrail",
  ]),
  modelId: z.string(),
  requestMetadata: z.record(z.string(), z.string()),
  tenant: z.string().optional(),
  caprockRequest: z.string().optional(),
  usage: usageSchema,
  units: unitsSchema.default({}),
  /** `aborted`: the client left, or a fault cut the answer. `failed`: the model failed after it had begun. */
  status: z.enum(["completed", "aborted", "failed"]),
  startedAtMs: z.number(),
});

export type ServedUsage = z.infer<typeof usageSchema>;
export type ServedUnits = z.infer<typeof unitsSchema>;
/** One invocation that the model ran, whole or in part. */
export type ServedInvocation = z.infer<typeof servedSchema>;

/** A call that was refused before the model ran: it used no tokens. */
export interface RefusedInvocation {
  readonly requestId: string;
  readonly tenant?: string | undefined;
  readonly caprockRequest?: string | undefined;
  readonly error: string;
}

/** What `GET /_aws-local/witness` answers. */
export interface WitnessReport {
  readonly invocations: readonly ServedInvocation[];
  readonly totals: ServedUsage & { readonly count: number; readonly images: number };
  /** How many calls were refused since this process started. */
  readonly refused: number;
  /** Of AgentCore Memory, by the tenant alone: its operations carry no request id. */
  readonly memory: ServedMemory;
}

export interface WitnessFilter {
  readonly tenant?: string | undefined;
  /** Caprock's request id or AWS's. */
  readonly requestId?: string | undefined;
}

export class Witness {
  readonly memory: ServedOperations;
  readonly #served: ServedInvocation[] = [];
  readonly #refused: RefusedInvocation[] = [];
  readonly #file: number | undefined;

  /** With a path, earlier records are read back and new ones appended, a JSON object a line. */
  constructor(path?: string) {
    this.memory = new ServedOperations(path?.replace(/\.jsonl$/, "-memory.jsonl"));
    if (path !== undefined) {
      this.#served.push(...readRecords(path));
      this.#file = openSync(path, "a", 0o600);
    }
  }

  served(invocation: ServedInvocation): void {
    this.#served.push(invocation);
    if (this.#file !== undefined) {
      // Synchronous, so that a killed process has told of all that it answered.
      writeSync(this.#file, `${JSON.stringify(invocation)}\n`);
    }
  }

  refused(invocation: RefusedInvocation): void {
    this.#refused.push(invocation);
  }

  report({ tenant, requestId }: WitnessFilter): WitnessReport {
    const wanted = (one: RefusedInvocation | ServedInvocation) =>
      (tenant === undefined || one.tenant === tenant) &&
      (requestId === undefined || one.requestId === requestId || one.caprockRequest === requestId);
    const invocations = this.#served.filter(wanted);
    const total = (pick: keyof ServedUsage) => invocations.reduce((sum, { usage }) => sum + usage[pick], 0);
    return {
      invocations,
      totals: {
        count: invocations.length,
        images: invocations.reduce((sum, { units }) => sum + (units.image ?? 0), 0),
        input: total("input"),
        cacheRead: total("cacheRead"),
        cacheWrite5m: total("cacheWrite5m"),
        cacheWrite1h: total("cacheWrite1h"),
        output: total("output"),
      },
      refused: this.#refused.filter(wanted).length,
      memory: this.memory.report(tenant),
    };
  }

  close(): void {
    this.memory.close();
    if (this.#file !== undefined) {
      closeSync(this.#file);
    }
  }
}

function readRecords(path: string): ServedInvocation[] {
  if (!existsSync(path)) {
    return [];
  }
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      // The last line may be cut short by a crash.
      try {
        return [servedSchema.parse(JSON.parse(line))];
      } catch {
        return [];
      }
    });
}

/** Faults on request: what should go wrong with the next calls that match. */
import { z } from "zod";
import { agentCoreErrorNames } from "./agentcore/errors.ts";
import { awsErrorNames } from "./aws-error.ts";
import { sessionsErrorNames } from "./bedrock-sessions/errors.ts";

const kindsBeforeAnswer = ["throttle", "error", "unavailable", "timeout", "delay"] as const;

const matchAny = {
  /** How many matching calls it strikes. */
  count: z.number().int().positive().default(1),
  /** Only this operation, for example "ConverseStream" or "UpdateItem". */
  operation: z.string().optional(),
  delayMs: z.number().int().min(0).default(0),
};
const match = {
  ...matchAny,
  /** The error's name, where another than the kind's own is wanted. */
  name: z.enum(awsErrorNames).optional(),
};

/** The body of `POST /_aws-local/faults`; the README explains the kinds. */
export const faultSchema = z.discriminatedUnion("service", [
  z.strictObject({
    ...match,
    service: z.literal("bedrock"),
    kind: z.enum([...kindsBeforeAnswer, "cut", "exception"]),
    /** Only calls whose requestMetadata names this tenant. */
    tenant: z.string().optional(),
    /** How many events of a stream are sent before it is cut or fails. */
    afterEvents: z.number().int().min(0).default(0),
  }),
  z.strictObject({
    ...match,
    service: z.literal("dynamodb"),
    kind: z.enum([...kindsBeforeAnswer, "lostAnswer"]),
    /** Only calls on this table, by its full name. */
    table: z.string().optional(),
  }),
  z.strictObject({
    ...matchAny,
    service: z.enum(["cloudwatch", "sns", "sqs"]),
    kind: z.enum([...kindsBeforeAnswer, "lostAnswer"]),
  }),
  z.strictObject({
    ...matchAny,
    service: z.literal("s3"),
    kind: z.enum([...kindsBeforeAnswer, "lostAnswer"]),
    /** Only calls on this bucket. */
    bucket: z.string().optional(),
  }),
  z.strictObject({
    ...matchAny,
    service: z.literal("agentcore"),
    kind: z.enum([...kindsBeforeAnswer, "lostAnswer"]),
    name: z.enum(agentCoreErrorNames).optional(),
  }),
  z.strictObject({
    ...matchAny,
    service: z.literal("bedrock-sessions"),
    kind: z.enum([...kindsBeforeAnswer, "lostAnswer"]),
    name: z.enum(sessionsErrorNames).optional(),
  }),
]);

/** A fault as it is asked for; what has a default may be left out. */
export type FaultRequest = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;
export type BedrockFault = Extract<Fault, { service: "bedrock" }>;
export type DynamoDbFault = Extract<Fault, { service: "dynamodb" }>;
export type QueryFault = Extract<Fault, { service: "cloudwatch" | "sns" | "sqs" }>;
export type S3Fault = Extract<Fault, { service: "s3" }>;
type AgentCoreFault = Extract<Fault, { service: "agentcore" }>;
type BedrockSessionsFault = Extract<Fault, { service: "bedrock-sessions" }>;

interface Waiting {
  readonly fault: Fault;
  left: number;
}

/** The faults that wait for a call. The oldest match strikes first; one call meets at most one fault. */
export class Faults {
  #waiting: Waiting[] = [];

  add(request: FaultRequest): void {
    const fault = faultSchema.parse(request);
    this.#waiting.push({ fault, left: fault.count });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** What still waits, with the strikes left. */
  list(): readonly Waiting[] {
    return this.#waiting;
  }

  takeBedrock(operation: string, tenant: string | undefined): BedrockFault | undefined {
    return this.#take(
      (fault): fault is BedrockFault =>
        fault.service === "bedrock" &&
        (fault.operation ?? operation) === operation &&
        (fault.tenant === undefined || fault.tenant === tenant),
    );
  }

  takeDynamoDb(operation: string, table: string | undefined): DynamoDbFault | undefined {
    return this.#take(
      (fault): fault is DynamoDbFault =>
        fault.service === "dynamodb" &&
        (fault.operation ?? operation) === operation &&
        (fault.table === undefined || fault.table === table),
    );
  }

  takeQuery(service: QueryFault["service"], operation: string): QueryFault | undefined {
    return this.#take(
      (fault): fault is QueryFault =>
        fault.service === service && (fault.operation ?? operation) === operation,
    );
  }

  takeS3(operation: string, bucket: string): S3Fault | undefined {
    return this.#take(
      (fault): fault is S3Fault =>
        fault.service === "s3" &&
        (fault.operation ?? operation) === operation &&
        (fault.bucket ?? bucket) === bucket,
    );
  }

  takeAgentCore(operation: string): AgentCoreFault | undefined {
    return this.#take(
      (fault): fault is AgentCoreFault =>
        fault.service === "agentcore" && (fault.operation ?? operation) === operation,
    );
  }

  takeBedrockSessions(operation: string): BedrockSessionsFault | undefined {
    return this.#take(
      (fault): fault is BedrockSessionsFault =>
        fault.service === "bedrock-sessions" && (fault.operation ?? operation) === operation,
    );
  }

  #take<F extends Fault>(matches: (fault: Fault) => fault is F): F | undefined {
    for (const waiting of this.#waiting) {
      const { fault } = waiting;
      if (matches(fault)) {
        waiting.left -= 1;
        this.#waiting = this.#waiting.filter((one) => one.left > 0);
        return fault;
      }
    }
    return undefined;
  }
}

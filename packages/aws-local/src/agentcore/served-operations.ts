/** The witness's count of what AgentCore Memory bills by the piece: events that were stored, and retrievals. */
import { z } from "zod";
import { JsonLines } from "../json-lines.ts";

const servedSchema = z.object({
  operation: z.enum(["CreateEvent", "RetrieveMemoryRecords"]),
  /** The event's actor, or the namespace that was searched: what the caller's tenants are told apart by. */
  owner: z.string(),
  /** Says that an event is the rest of one that is deleted, in the caller's own words. */
  storedAgain: z.boolean(),
});

/** One that AWS would bill; what was refused, and an event whose token was known, is none. */
export type ServedOperation = z.infer<typeof servedSchema>;

export interface ServedMemory {
  /** Without those that were stored again. */
  readonly events: number;
  readonly storedAgain: number;
  readonly retrievals: number;
}

/** Where Caprock writes the tenant: `<tenant>/actors/…` for events, `/tenants/<tenant>/…` for records. */
const tenantPattern = /^(?:\/tenants\/)?([^/]+)\//;

export class ServedOperations {
  readonly #served: ServedOperation[];
  readonly #file: JsonLines<ServedOperation>;

  constructor(path: string | undefined) {
    this.#file = new JsonLines(path, servedSchema);
    this.#served = this.#file.read();
  }

  add(operation: ServedOperation): void {
    this.#served.push(operation);
    this.#file.append([operation]);
  }

  /** Of one tenant, or of all. */
  report(tenant: string | undefined): ServedMemory {
    const own = this.#served.filter(
      ({ owner }) => tenant === undefined || tenantPattern.exec(owner)?.[1] === tenant,
    );
    const events = own.filter(({ operation }) => operation === "CreateEvent");
    const storedAgain = events.filter((event) => event.storedAgain).length;
    return {
      events: events.length - storedAgain,
      storedAgain,
      retrievals: own.length - events.length,
    };
  }

  close(): void {
    this.#file.close();
  }
}

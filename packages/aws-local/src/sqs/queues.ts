/** All queues and their messages, kept in a file when there is a folder. */
import { z } from "zod";
import { JsonLines } from "../json-lines.ts";
import { notServed } from "../query-service.ts";
import { newId } from "../system.ts";
import { sqsError } from "./errors.ts";
import { type Message, Queue, type Received } from "./queue.ts";
import { attributesSchema, type RawAttributes, readAttributes } from "./queue-attributes.ts";

const messageSchema = z.object({
  id: z.string(),
  body: z.string(),
  attributes: z.unknown().optional(),
  sentAtMs: z.number(),
  receiveCount: z.number().int(),
  firstReceivedAtMs: z.number().optional(),
});
/** One change. Who is in flight is not kept: after a restart every message that is left is ready again. */
const changeSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("queue"),
    name: z.string(),
    attributes: attributesSchema,
    createdAtMs: z.number(),
  }),
  z.object({ kind: z.literal("message"), queue: z.string(), message: messageSchema }),
  z.object({ kind: z.literal("gone"), queue: z.string(), ids: z.array(z.string()) }),
]);
type Change = z.infer<typeof changeSchema>;

/** A message as it is asked to be sent. */
export interface Draft {
  readonly body: string;
  readonly attributes?: unknown;
  readonly delayMs?: number | undefined;
}

export class Queues {
  readonly #arnPrefix: string;
  readonly #nowMs: () => number;
  readonly #file: JsonLines<Change>;
  readonly #queues = new Map<string, Queue>();

  constructor(path: string | undefined, arnPrefix: string, nowMs: () => number) {
    this.#arnPrefix = arnPrefix;
    this.#nowMs = nowMs;
    this.#file = new JsonLines(path, changeSchema);
    this.#restore(this.#file.read());
  }

  arnOf({ name }: Queue): string {
    return `${this.#arnPrefix}:${name}`;
  }

  /** Makes a queue, or finds the one that has the name and the same attributes. Throws a QueryError. */
  create(name: string, raw: RawAttributes): Queue {
    if (name.endsWith(".fifo")) {
      throw notServed("FIFO queues");
    }
    if (!/^[\w-]{1,80}$/.test(name)) {
      throw sqsError(
        "InvalidParameterValue",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
      );
    }
    const attributes = readAttributes(raw);
    const known = this.#queues.get(name);
    const differs = Object.entries(raw).find(([key, value]) => known && known.attributes.raw[key] !== value);
    if (differs) {
      throw sqsError(
        "QueueAlreadyExists",
        `A queue already exists with the same name and a different value for attribute ${differs[0]}`,
      );
    }
    if (known) {
      return known;
    }
    if (attributes.redrive) {
      this.#deadLetterQueue(attributes.redrive.deadLetterTargetArn);
    }
    const queue = new Queue(name, attributes, this.#nowMs());
    this.#queues.set(name, queue);
    this.#file.append([{ kind: "queue", name, attributes: raw, createdAtMs: queue.createdAtMs }]);
    return queue;
  }

  /** Throws NonExistentQueue. */
  get(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) {
      throw sqsError("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
    }
    return queue;
  }

  send(queue: Queue, { body, attributes, delayMs }: Draft): string {
    const nowMs = this.#nowMs();
    const message: Message = { id: newId(), body, attributes, sentAtMs: nowMs, receiveCount: 0 };
    this.#file.append([changeOf(queue, message)]);
    queue.put(message, nowMs + (delayMs ?? queue.attributes.delayMs), nowMs);
    return message.id;
  }

  receive(queue: Queue, most: number, visibilityMs: number): Received[] {
    const dead: Message[] = [];
    const expired: Message[] = [];
    const nowMs = this.#nowMs();
    const received = queue.take(most, visibilityMs, nowMs, dead, expired);
    const { redrive } = queue.attributes;
    if (dead.length > 0 && redrive !== undefined) {
      const target = this.#deadLetterQueue(redrive.deadLetterTargetArn);
      for (const message of dead) {
        target.put({ ...message, receiveCount: 0, firstReceivedAtMs: undefined }, nowMs, nowMs);
      }
      this.#file.append(
        target
          .messages()
          .filter((one) => dead.some(({ id }) => id === one.id))
          .map((one) => changeOf(target, one)),
      );
    }
    this.#gone(
      queue,
      [...dead, ...expired].map(({ id }) => id),
    );
    this.#file.append(received.map(({ message }) => changeOf(queue, message)));
    return received;
  }

  delete(queue: Queue, receiptHandle: string): void {
    const id = queue.delete(receiptHandle);
    if (id === undefined) {
      throw sqsError("ReceiptHandleIsInvalid", "The input receipt handle is invalid.");
    }
    this.#gone(queue, [id]);
  }

  purge(queue: Queue): void {
    this.#gone(queue, queue.purge());
  }

  close(): void {
    this.#file.close();
  }

  #gone(queue: Queue, ids: string[]): void {
    if (ids.length > 0) {
      this.#file.append([{ kind: "gone", queue: queue.name, ids }]);
    }
  }

  #deadLetterQueue(arn: string): Queue {
    const queue = this.#queues.get(arn.slice(this.#arnPrefix.length + 1));
    if (queue === undefined || this.arnOf(queue) !== arn) {
      throw sqsError(
        "InvalidParameterValue",
        "Value for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.",
      );
    }
    return queue;
  }

  #restore(changes: readonly Change[]): void {
    const left = new Map<string, Change & { kind: "message" }>();
    for (const change of changes) {
      if (change.kind === "queue") {
        const attributes = readAttributes(change.attributes);
        this.#queues.set(change.name, new Queue(change.name, attributes, change.createdAtMs));
      } else if (change.kind === "message") {
        left.set(`${change.queue}/${change.message.id}`, change);
      } else {
        for (const id of change.ids) {
          left.delete(`${change.queue}/${id}`);
        }
      }
    }
    for (const { queue, message } of left.values()) {
      this.#queues.get(queue)?.put(message, 0, this.#nowMs());
    }
    if (changes.length > 0) {
      this.#file.rewrite([...changes.filter(({ kind }) => kind === "queue"), ...left.values()]);
    }
  }
}

function changeOf({ name }: Queue, message: Message): Change {
  return { kind: "message", queue: name, message: { ...message } };
}

/** One queue: which of its messages are ready, in flight or delayed, and what its attributes make of them. */
import { newId } from "../system.ts";
import type { QueueAttributes } from "./queue-attributes.ts";

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes?: unknown;
  readonly sentAtMs: number;
  receiveCount: number;
  firstReceivedAtMs?: number | undefined;
}

interface Held {
  readonly message: Message;
  /** When it is ready (again), in milliseconds since the Unix epoch. */
  visibleAtMs: number;
  /** Of the last receipt; undefined while a message is only delayed. */
  handle?: string | undefined;
}

export interface Received {
  readonly message: Message;
  readonly receiptHandle: string;
}

export class Queue {
  readonly name: string;
  readonly createdAtMs: number;
  attributes: QueueAttributes;
  /** Ready messages, oldest first. */
  #ready = new Map<string, Message>();
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Set<() => void>();

  constructor(name: string, attributes: QueueAttributes, createdAtMs: number) {
    this.name = name;
    this.attributes = attributes;
    this.createdAtMs = createdAtMs;
  }

  put(message: Message, visibleAtMs: number, nowMs: number): void {
    if (visibleAtMs > nowMs) {
      this.#held.set(message.id, { message, visibleAtMs });
    } else {
      this.#ready.set(message.id, message);
    }
    this.#wake();
  }

  /**
   * Takes up to `most` messages for `visibilityMs`. What was received as often as the redrive policy allows goes to
   * `dead` instead; what is older than the retention period goes to `expired`.
   */
  take(most: number, visibilityMs: number, nowMs: number, dead: Message[], expired: Message[]): Received[] {
    this.#ripen(nowMs);
    const { retentionMs, redrive } = this.attributes;
    const taken: Received[] = [];
    for (const message of this.#ready.values()) {
      if (taken.length === most) {
        break;
      }
      this.#ready.delete(message.id);
      if (message.sentAtMs + retentionMs <= nowMs) {
        expired.push(message);
      } else if (redrive !== undefined && message.receiveCount >= redrive.maxReceiveCount) {
        dead.push(message);
      } else {
        const handle = `${message.id}:${newId()}`;
        message.receiveCount += 1;
        message.firstReceivedAtMs ??= nowMs;
        this.#held.set(message.id, { message, visibleAtMs: nowMs + visibilityMs, handle });
        taken.push({ message, receiptHandle: handle });
      }
    }
    return taken;
  }

  /** Deletes by the receipt, also by one that is out of date; tells the message's id. Undefined for what is no receipt. */
  delete(receiptHandle: string): string | undefined {
    const [id = ""] = receiptHandle.split(":");
    this.#held.delete(id);
    this.#ready.delete(id);
    return id === "" ? undefined : id;
  }

  /** Moves the end of a message's invisibility; false when it is not in flight under this receipt. */
  changeVisibility(receiptHandle: string, visibleAtMs: number, nowMs: number): boolean {
    const held = this.#held.get(receiptHandle.split(":")[0] ?? "");
    if (held?.handle !== receiptHandle || held.visibleAtMs <= nowMs) {
      return false;
    }
    held.visibleAtMs = visibleAtMs;
    this.#wake();
    return true;
  }

  purge(): string[] {
    const ids = [...this.#ready.keys(), ...this.#held.keys()];
    this.#ready.clear();
    this.#held.clear();
    return ids;
  }

  /** How many are ready, in flight and delayed. */
  counts(nowMs: number): { visible: number; inFlight: number; delayed: number } {
    this.#ripen(nowMs);
    const held = [...this.#held.values()];
    const inFlight = held.filter(({ handle }) => handle !== undefined).length;
    return { visible: this.#ready.size, inFlight, delayed: held.length - inFlight };
  }

  messages(): Message[] {
    return [...this.#ready.values(), ...[...this.#held.values()].map(({ message }) => message)];
  }

  /** Milliseconds until the next message is ready by itself; undefined when none will be. */
  nextInMs(nowMs: number): number | undefined {
    let next: number | undefined;
    for (const { visibleAtMs } of this.#held.values()) {
      next = Math.min(next ?? visibleAtMs, visibleAtMs);
    }
    return next === undefined ? undefined : Math.max(0, next - nowMs);
  }

  /** Resolves when a message may have become ready. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }

  #ripen(nowMs: number): void {
    for (const [id, { message, visibleAtMs }] of this.#held) {
      if (visibleAtMs <= nowMs) {
        this.#held.delete(id);
        this.#ready.set(id, message);
      }
    }
  }

  #wake(): void {
    for (const done of this.#waiting) {
      done();
    }
  }
}

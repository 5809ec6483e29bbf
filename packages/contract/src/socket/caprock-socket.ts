/** A client of the WebSocket that outlives its connections: many turns at once, cancel, and going on after a drop. */
import {
  type ClientMessage,
  messagePart,
  type ServerMessage,
  type SocketProblem,
  serverMessage,
} from "./messages.ts";
import { PartsInMemory, textsOf } from "./parts.ts";

/** What of the browser's WebSocket is used; the one of Node 22 and that of the `ws` package have it too. */
export interface WebSocketLike {
  send(text: string): void;
  close(code?: number): void;
  addEventListener(type: "open" | "close" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

export interface CaprockSocketOptions {
  /** Opens a connection, for example `() => new WebSocket(url, ["caprock.v1", "caprock.key.<API key>"])`. */
  readonly connect: () => WebSocketLike;
  /** Makes a name that no other turn has; `crypto.randomUUID` does. */
  readonly newName: () => string;
  /** API Gateway closes a connection that is silent for ten minutes. */
  readonly pingEveryMs?: number;
  /** API Gateway closes every connection after two hours: before that, another one is opened. */
  readonly renewAfterMs?: number;
  /** The pause before another try to connect; it doubles up to thirty seconds. */
  readonly reconnectMs?: number;
  /** Calls `work` once after a time, and returns what stops it; timers unless a test says otherwise. */
  readonly after?: (durationMs: number, work: () => void) => () => void;
}

export interface TurnInput {
  readonly model: string;
  /** A Converse request without its model. */
  readonly body: Record<string, unknown>;
  /** The session that the turn goes on with, and whose it is. */
  readonly session?: string;
  readonly actor?: string;
}

/** A turn of which a caller reads the events of ConverseStream. The iteration throws SocketTurnError when the turn failed. */
export interface SocketTurn extends AsyncIterable<Record<string, unknown>> {
  readonly name: string;
  cancel(): void;
}

/** How a turn failed: the API's stable code and words. */
export class SocketTurnError extends Error {
  override name = "SocketTurnError";
  readonly problem: SocketProblem;

  constructor(problem: SocketProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

const defaults = { pingEveryMs: 5 * 60_000, renewAfterMs: 110 * 60_000, reconnectMs: 500 };
const longestReconnectMs = 30_000;

export class CaprockSocket {
  private readonly options: Required<CaprockSocketOptions>;
  private readonly turns = new Map<string, RunningTurn>();
  private socket: WebSocketLike | undefined;
  private isOpen = false;
  private closed = false;
  private failures = 0;
  private stopTimers: (() => void)[] = [];

  constructor(options: CaprockSocketOptions) {
    this.options = { ...defaults, after: timer, ...options };
    this.connect();
  }

  /** Asks for a turn. Its events wait until they are read. */
  start({ model, body, session, actor }: TurnInput): SocketTurn {
    const name = this.options.newName();
    const turn = new RunningTurn(name, { type: "turn.start", id: name, model, body, session, actor }, () =>
      this.say({ type: "turn.cancel", id: name }),
    );
    this.turns.set(name, turn);
    if (this.isOpen) {
      this.say(turn.request());
    }
    return turn;
  }

  /** Closes the connection for good; turns that run go on until nobody has come back for them. */
  close(): void {
    this.closed = true;
    this.drop();
  }

  private connect(): void {
    const socket = this.options.connect();
    const parts = new PartsInMemory();
    this.socket = socket;
    socket.addEventListener("open", () => {
      if (this.socket === socket) {
        this.opened();
      }
    });
    socket.addEventListener("message", ({ data }) => {
      if (this.socket === socket) {
        this.hear(String(data), parts);
      }
    });
    // An error is followed by a close.
    socket.addEventListener("error", () => undefined);
    socket.addEventListener("close", () => {
      if (this.socket === socket && !this.closed) {
        this.reconnect();
      }
    });
  }

  private opened(): void {
    const { after, pingEveryMs, renewAfterMs } = this.options;
    this.isOpen = true;
    this.failures = 0;
    const pingLater = (): (() => void) =>
      after(pingEveryMs, () => {
        this.say({ type: "ping" });
        this.stopTimers.push(pingLater());
      });
    this.stopTimers.push(
      pingLater(),
      after(renewAfterMs, () => {
        this.drop();
        this.connect();
      }),
    );
    for (const turn of this.turns.values()) {
      this.say(turn.request());
    }
  }

  private reconnect(): void {
    const { after, reconnectMs } = this.options;
    this.drop();
    const pauseMs = Math.min(reconnectMs * 2 ** this.failures, longestReconnectMs);
    this.failures += 1;
    this.stopTimers.push(after(pauseMs, () => this.connect()));
  }

  private drop(): void {
    for (const stop of this.stopTimers.splice(0)) {
      stop();
    }
    const socket = this.socket;
    this.socket = undefined;
    this.isOpen = false;
    socket?.close(1000);
  }

  private say(message: ClientMessage): void {
    if (this.isOpen) {
      for (const text of textsOf(message, this.options.newName)) {
        this.socket?.send(text);
      }
    }
  }

  private hear(text: string, parts: PartsInMemory): void {
    const value: unknown = JSON.parse(text);
    const part = messagePart.safeParse(value);
    if (part.success) {
      const whole = parts.add(part.data);
      if (whole !== undefined) {
        this.hear(whole, parts);
      }
      return;
    }
    const message = serverMessage.safeParse(value);
    if (message.success && "id" in message.data) {
      const turn = this.turns.get(message.data.id);
      turn?.hear(message.data);
      if (turn?.isOver) {
        this.turns.delete(message.data.id);
      }
    }
  }
}

type TurnMessage = Extract<ServerMessage, { readonly id: string }>;

class RunningTurn implements SocketTurn {
  readonly name: string;
  isOver = false;
  private readonly start: ClientMessage;
  readonly cancel: () => void;
  private hasStarted = false;
  private cursor = 0;
  private readonly events: Record<string, unknown>[] = [];
  private problem: SocketProblem | undefined;
  private wake: () => void = () => undefined;

  constructor(name: string, start: ClientMessage, cancel: () => void) {
    this.name = name;
    this.start = start;
    this.cancel = cancel;
  }

  /** What to say on a connection that has just opened: a start that was perhaps not heard may be said again. */
  request(): ClientMessage {
    return this.hasStarted ? { type: "turn.resume", id: this.name, cursor: this.cursor } : this.start;
  }

  hear(message: TurnMessage): void {
    switch (message.type) {
      case "turn.started":
        this.hasStarted = true;
        break;
      case "turn.events": {
        // After a drop the same events may come on two ways.
        const before = message.cursor - message.events.length;
        this.events.push(...message.events.slice(Math.max(0, this.cursor - before)));
        this.cursor = Math.max(this.cursor, message.cursor);
        break;
      }
      case "turn.failed":
        this.problem = message.error;
        this.isOver = true;
        break;
      case "turn.ended":
        this.isOver = true;
        break;
    }
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Record<string, unknown>> {
    for (;;) {
      yield* this.events.splice(0);
      if (this.events.length > 0) {
        continue;
      }
      if (this.problem) {
        throw new SocketTurnError(this.problem);
      }
      if (this.isOver) {
        return;
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

function timer(durationMs: number, work: () => void): () => void {
  const handle = setTimeout(work, durationMs);
  return () => clearTimeout(handle);
}

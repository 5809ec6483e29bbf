/** A client of the WebSocket that outlives its connections: many turns at once, cancel, and going on after a drop. */
import { type ClientMessage, messagePart, type StartTurn, serverMessage } from "./messages.ts";
import { PartsInMemory, textsOf } from "./parts.ts";
import { RunningTurn, type SocketTurn } from "./socket-turn.ts";

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
  /** How the chat is fitted, within what the tenant's policy allows. */
  readonly context?: StartTurn["context"];
  /** Asks for how it was fitted: the first event is then `{ contextReport }`. */
  readonly report?: StartTurn["report"];
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
  start(input: TurnInput): SocketTurn {
    const name = this.options.newName();
    const turn = new RunningTurn(name, { type: "turn.start", id: name, ...input }, () =>
      this.say({ type: "turn.cancel", id: name }),
    );
    this.turns.set(name, turn);
    if (this.isOpen) {
      this.ask(turn);
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
      this.ask(turn);
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

  private ask(turn: RunningTurn): void {
    turn.sentAs = this.options.newName();
    this.say(turn.request(), turn.sentAs);
  }

  private say(message: ClientMessage, partsName = this.options.newName()): void {
    if (this.isOpen) {
      for (const text of textsOf(message, () => partsName)) {
        this.socket?.send(text);
      }
    }
  }

  private forgetIfOver(turn: RunningTurn | undefined): void {
    if (turn?.isOver) {
      this.turns.delete(turn.name);
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
    const { data: message } = serverMessage.safeParse(value);
    if (message?.type === "error" && message.message !== undefined) {
      const { message: name } = message;
      const turn = [...this.turns.values()].find(({ sentAs }) => sentAs === name);
      turn?.fail(message.error);
      this.forgetIfOver(turn);
    } else if (message && "id" in message) {
      const turn = this.turns.get(message.id);
      turn?.hear(message);
      this.forgetIfOver(turn);
    }
  }
}

function timer(durationMs: number, work: () => void): () => void {
  const handle = setTimeout(work, durationMs);
  return () => clearTimeout(handle);
}

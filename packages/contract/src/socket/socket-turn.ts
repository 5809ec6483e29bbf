/** A turn on a WebSocket as its reader sees it: events until it has ended, or failed. */
import type { ClientMessage, ServerMessage, SocketProblem } from "./messages.ts";

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

type TurnMessage = Extract<ServerMessage, { readonly id: string }>;

/** A turn as its client knows it. */
export class RunningTurn implements SocketTurn {
  readonly name: string;
  isOver = false;
  /** Names the message that last asked for the turn, where it was sent in parts. */
  sentAs: string | undefined;
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
        this.fail(message.error);
        break;
      case "turn.ended":
        this.isOver = true;
        break;
    }
    this.wake();
  }

  fail(problem: SocketProblem): void {
    this.problem = problem;
    this.isOver = true;
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

/** Port: a WebSocket connection that is open somewhere, and how texts reach it. */
import type { CallerTicket } from "@caprock/tenancy";

export interface SocketConnection {
  /** Unlike any other connection's. */
  readonly id: string;
  readonly ticket: CallerTicket;
  /** How many turns this process tells on it now. Behind API Gateway a process has one message of a connection. */
  turnsTold: number;
  /** Resolves when the text is on its way, at the reader's pace; with false when the reader is gone. */
  send(text: string): Promise<boolean>;
}

import { expect, test } from "vitest";
import { CaprockSocket, type WebSocketLike } from "./caprock-socket.ts";
import { SocketTurnError } from "./socket-turn.ts";

/** Opens at once, and keeps what is sent. */
class Connection implements WebSocketLike {
  readonly sent: { type: string; message?: string }[] = [];
  private readonly listeners = new Map<string, (event: { readonly data: unknown }) => void>();

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {}

  addEventListener(type: string, listener: (event: { readonly data: unknown }) => void): void {
    this.listeners.set(type, listener);
  }

  tell(type: "open" | "message", message?: object): void {
    this.listeners.get(type)?.({ data: JSON.stringify(message) });
  }
}

test("a turn whose message was refused in parts fails, and no other does", async () => {
  const connection = new Connection();
  let names = 0;
  const socket = new CaprockSocket({
    connect: () => connection,
    newName: () => `name-${names++}`,
    after: () => () => undefined,
  });
  connection.tell("open");
  const small = socket.start({ model: "m", body: {} });
  const large = socket.start({ model: "m", body: { text: "x".repeat(100_000) } });
  const { message } = connection.sent.at(-1)!;
  const error = { code: "body_too_large", message: "Too long." };
  connection.tell("message", { type: "error", error });
  connection.tell("message", { type: "error", error, message });
  await expect(large[Symbol.asyncIterator]().next()).rejects.toThrow(SocketTurnError);
  connection.tell("message", { type: "turn.ended", id: small.name, cursor: 0, how: "completed" });
  expect(await small[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  socket.close();
});

/** One HTTP request and its answer, the same for HTTP/1.1 and HTTP/2. */

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import { constants } from "node:http2";

type Headers = Readonly<Record<string, string | number>>;

const maxBodyBytes = 64 * 1024 * 1024;

/** A request whose body has been read, with the ways to answer it. */
export class Exchange {
  readonly method: string;
  /** The path as it was sent, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Fires when the client left before its answer was finished. */
  readonly gone: AbortSignal;
  readonly #response: ServerResponse;

  private constructor(request: IncomingMessage, response: ServerResponse, body: Buffer, gone: AbortSignal) {
    const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
    this.method = request.method ?? "GET";
    this.path = path;
    this.query = new URLSearchParams(query);
    this.headers = request.headers;
    this.body = body;
    this.gone = gone;
    this.#response = response;
  }

  /** Reads the request. Undefined when the client left before it had sent it, or sent far too much. */
  static async open(request: IncomingMessage, response: ServerResponse): Promise<Exchange | undefined> {
    const gone = new AbortController();
    response.on("close", () => {
      if (!response.writableEnded) {
        gone.abort();
      }
    });
    response.on("error", () => gone.abort());
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of request) {
        size += chunk.length;
        if (size > maxBodyBytes) {
          response.writeHead(413).end();
          return undefined;
        }
        chunks.push(chunk);
      }
    } catch {
      return undefined;
    }
    return new Exchange(request, response, Buffer.concat(chunks), gone.signal);
  }

  /** Sends the whole answer. */
  send(status: number, headers: Headers, body: string | Uint8Array = ""): void {
    if (!this.gone.aborted) {
      this.#response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers });
      this.#response.end(this.method === "HEAD" ? undefined : body);
    }
  }

  sendJson(status: number, value: unknown, headers: Headers = {}): void {
    this.send(status, { "content-type": "application/json", ...headers }, JSON.stringify(value));
  }

  /** Starts an answer that is sent piece by piece. */
  start(status: number, headers: Headers): void {
    if (!this.gone.aborted) {
      this.#response.writeHead(status, headers);
      this.#response.flushHeaders();
    }
  }

  /** Hands a piece to the socket, waiting while the client does not read. False when the client has left. */
  async write(chunk: Uint8Array): Promise<boolean> {
    if (this.gone.aborted) {
      return false;
    }
    if (!this.#response.write(chunk)) {
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#response.off("drain", done);
          this.gone.removeEventListener("abort", done);
          resolve();
        };
        this.#response.on("drain", done);
        this.gone.addEventListener("abort", done);
      });
    }
    return true;
  }

  end(): void {
    this.#response.end();
  }

  /** Breaks the connection after what was written: the socket of HTTP/1.1, this request's stream of HTTP/2. */
  cut(): void {
    const response = this.#response as ServerResponse | Http2ServerResponse;
    if ("stream" in response) {
      response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    } else {
      response.socket?.destroySoon();
    }
  }
}

/** Signs requests to Bedrock Runtime with Signature Version 4. */
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";

/** AWS credentials, as any credential provider of the AWS SDK yields them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SigningOptions {
  readonly region: string;
  /** Called for every request; it must cache, as the AWS SDK's own providers do. */
  readonly credentials: () => Promise<Credentials>;
}

export type SignRequest = (
  request: {
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Uint8Array;
  },
  atMs: number,
) => Promise<Record<string, string>>;

/** SHA-256 and its HMAC from node:crypto, in the shape the signer wants; twice as fast as the pure one. */
class NodeSha256 {
  private hash: Hash | Hmac;

  private readonly secret: Uint8Array | string | undefined;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.secret = secret === undefined || typeof secret === "string" ? secret : bytesOf(secret);
    this.hash = this.start();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(typeof data === "string" ? Buffer.from(data, "utf8") : bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.hash.digest()));
  }

  reset(): void {
    this.hash = this.start();
  }

  private start(): Hash | Hmac {
    return this.secret === undefined ? createHash("sha256") : createHmac("sha256", this.secret);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** Makes a signer for POST requests; it returns all headers to send, the signature among them. */
export function createSigner({ region, credentials }: SigningOptions): SignRequest {
  const signer = new SignatureV4({ region, credentials, service: "bedrock", sha256: NodeSha256 });
  return async ({ url, headers, body }, atMs) => {
    const signed = await signer.sign(
      {
        method: "POST",
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port === "" ? {} : { port: Number(url.port) }),
        path: url.pathname,
        query: {},
        headers: { ...headers, host: url.host },
        body,
      },
      { signingDate: new Date(atMs) },
    );
    return signed.headers;
  };
}

/** Seals stored answers, so that the table of them shows nobody a prompt's answer, or a key that an admin was shown once. */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";

const tagBytes = 16;

/** Seals and opens the pieces of one answer. Each has a number of its own: under one key no nonce may come twice. */
export interface Seal {
  seal(index: number, plain: Uint8Array): Uint8Array;
  /** Throws where the bytes were not sealed by the same key under the same number. */
  open(index: number, sealed: Uint8Array): Uint8Array;
}

/** AES-256-GCM, by a key for this call alone: of the deployment's secret and the text of the idempotency key. */
export function createSeal(secret: string, keyText: string, requestId: string): Seal {
  const key = Buffer.from(hkdfSync("sha256", `${secret}\n${keyText}`, requestId, "caprock idempotency", 32));
  return {
    seal(index, plain) {
      const cipher = createCipheriv("aes-256-gcm", key, nonceOf(index));
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(index, sealed) {
      const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(index));
      decipher.setAuthTag(sealed.subarray(-tagBytes));
      return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
    },
  };
}

function nonceOf(index: number): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 8);
  return nonce;
}

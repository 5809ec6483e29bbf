/** The messages of large turns in S3: an object each, below `tenants/<tenant>/sessions/`. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { TenantId } from "@caprock/domain";
import { tenantStep } from "../long-term/memory-names.ts";
import type { TurnBodies } from "../sessions/turn-bodies.ts";

export class S3TurnBodies implements TurnBodies {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async put(tenantId: TenantId, name: string, bytes: Uint8Array): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({ ...this.#at(tenantId, name), Body: bytes, ContentType: "application/json" }),
    );
  }

  async get(tenantId: TenantId, name: string): Promise<Uint8Array | undefined> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#at(tenantId, name)));
      return await Body?.transformToByteArray();
    } catch (error) {
      if (error instanceof NoSuchKey) {
        return undefined;
      }
      throw error;
    }
  }

  async *namesBelow(tenantId: TenantId, prefix: string): AsyncGenerator<string> {
    const folder = folderOf(tenantId);
    const asked = { Bucket: this.#bucket, Prefix: `${folder}${prefix}` };
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, asked)) {
      for (const { Key } of Contents) {
        if (Key !== undefined) {
          yield Key.slice(folder.length);
        }
      }
    }
  }

  async delete(tenantId: TenantId, name: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#at(tenantId, name)));
  }

  #at(tenantId: TenantId, name: string) {
    return { Bucket: this.#bucket, Key: `${folderOf(tenantId)}${name}` };
  }
}

/** The tenant first, so that a policy can hold whoever acts for a tenant to its prefix. */
function folderOf(tenantId: TenantId): string {
  return `tenants/${tenantStep(tenantId)}/sessions/`;
}

/**
 * Puts items with BatchWriteItem past the SDK's layers: those take more CPU for an entry of the ledger than all else that
 * metering does for a granted call. Endpoint, credentials, signature and connections are the SDK client's own.
 */
import { text } from "node:stream/consumers";
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { DocumentClient } from "@caprock/platform";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";
import { HttpRequest } from "@smithy/core/protocols";

/** An item in DynamoDB's own attribute values. */
export type AttributeItem = Readonly<Record<string, AttributeValue>>;

/** What one BatchWriteItem takes (AWS API reference, BatchWriteItem). */
export const mostOfBatch = 25;

export class BatchPut {
  private readonly client: DocumentClient;
  private readonly table: string;
  private endpoint: URL | undefined;

  constructor(client: DocumentClient, table: string) {
    this.client = client;
    this.table = table;
  }

  /** Puts at most `mostOfBatch` items, and resolves with those that DynamoDB did not take. Tries once; throws when that fails. */
  async put(items: readonly AttributeItem[]): Promise<readonly AttributeItem[]> {
    const { config } = this.client;
    const signer = await config.signer();
    const request = this.requestFor(JSON.stringify(this.inputOf(items)), await this.findEndpoint());
    const { response } = await config.requestHandler.handle((await signer.sign(request)) as HttpRequest);
    const answer = await text(response.body);
    if (response.statusCode !== 200) {
      throw new Error(`DynamoDB answered BatchWriteItem with ${response.statusCode}.`);
    }
    return this.untakenOf(JSON.parse(answer) as BatchWriteItemCommandOutput);
  }

  /** The same through the SDK, which tries again, and tells a clock that is wrong. */
  async putPatiently(items: readonly AttributeItem[]): Promise<readonly AttributeItem[]> {
    return this.untakenOf(await this.client.send(new BatchWriteItemCommand(this.inputOf(items))));
  }

  private inputOf(items: readonly AttributeItem[]) {
    return { RequestItems: { [this.table]: items.map((Item) => ({ PutRequest: { Item } })) } };
  }

  private untakenOf({
    UnprocessedItems = {},
  }: Pick<BatchWriteItemCommandOutput, "UnprocessedItems">): AttributeItem[] {
    return (UnprocessedItems[this.table] ?? []).flatMap(({ PutRequest }) =>
      PutRequest?.Item ? [PutRequest.Item] : [],
    );
  }

  /** As the SDK finds it: from the client's options, the environment, the region. */
  private async findEndpoint(): Promise<URL> {
    this.endpoint ??= (await getEndpointFromInstructions({}, BatchWriteItemCommand, this.client.config)).url;
    return this.endpoint;
  }

  private requestFor(body: string, { protocol, hostname, port, host, pathname }: URL): HttpRequest {
    return new HttpRequest({
      method: "POST",
      protocol,
      hostname,
      ...(port === "" ? {} : { port: Number(port) }),
      path: pathname.endsWith("/") ? pathname : `${pathname}/`,
      headers: {
        host,
        "content-type": "application/x-amz-json-1.0",
        "content-length": String(Buffer.byteLength(body)),
        "x-amz-target": "DynamoDB_20120810.BatchWriteItem",
      },
      body,
    });
  }
}

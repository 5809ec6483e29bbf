/** API keys in DynamoDB: only hashes of secrets. */

import { isDeepStrictEqual } from "node:util";
import { GetCommand, paginateQuery, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { type ApiKey, type ApiKeyId, defaultApplication, type TenantId, tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import type { ApiKeyDescription, ApiKeyStore } from "../stores.ts";
import { tenancyTable } from "../tables.ts";
import { putNew } from "./put-new.ts";
import { apiKeyFromItem, apiKeyRecordPrefix, apiKeyToItem, signInToText } from "./records.ts";

export class DynamoApiKeyStore implements ApiKeyStore {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, tenancyTable);
  }

  async create(key: ApiKey): Promise<void> {
    await putNew(this.client, this.table, apiKeyToItem(key));
  }

  async read(tenantId: TenantId, id: ApiKeyId): Promise<ApiKey | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: this.key(tenantId, id), ConsistentRead: true }),
    );
    return Item ? apiKeyFromItem(Item) : undefined;
  }

  async list(tenantId: TenantId): Promise<readonly ApiKey[]> {
    const keys: ApiKey[] = [];
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.table,
        KeyConditionExpression: "tenantId = :tenant AND begins_with(#record, :prefix)",
        ExpressionAttributeNames: { "#record": "record" },
        ExpressionAttributeValues: { ":tenant": tenantId, ":prefix": apiKeyRecordPrefix },
        ConsistentRead: true,
      },
    );
    for await (const page of pages) {
      keys.push(...(page.Items ?? []).map(apiKeyFromItem));
    }
    return keys.sort((a, b) => b.createdAtMs - a.createdAtMs || a.id.localeCompare(b.id));
  }

  async describe(
    seen: Pick<ApiKey, "tenantId" | "id" | keyof ApiKeyDescription>,
    to: ApiKeyDescription,
  ): Promise<ApiKey | undefined> {
    const updated = await this.update(seen, {
      UpdateExpression: `SET #name = :name, #application = :application${to.signIn ? ", signIn = :signIn" : " REMOVE signIn"}`,
      // Keys from before there were applications have none.
      ConditionExpression: [
        "#name = :seenName",
        seen.application === defaultApplication
          ? "(#application = :seenApplication OR attribute_not_exists(#application))"
          : "#application = :seenApplication",
        seen.signIn ? "signIn = :seenSignIn" : "attribute_not_exists(signIn)",
      ].join(" AND "),
      ExpressionAttributeNames: { "#name": "name", "#application": "application" },
      ExpressionAttributeValues: {
        ":name": to.name,
        ":application": to.application,
        ":seenName": seen.name,
        ":seenApplication": seen.application,
        ...(to.signIn ? { ":signIn": signInToText(to.signIn) } : {}),
        ...(seen.signIn ? { ":seenSignIn": signInToText(seen.signIn) } : {}),
      },
    });
    return (
      updated ??
      (await this.standing(
        seen,
        ({ name, application, signIn }) =>
          name === to.name && application === to.application && isDeepStrictEqual(signIn, to.signIn),
      ))
    );
  }

  async replaceSecret(
    seen: Pick<ApiKey, "tenantId" | "id" | "secretSha256">,
    { secretSha256, previous }: Pick<ApiKey, "secretSha256" | "previous">,
  ): Promise<ApiKey | undefined> {
    const updated = await this.update(seen, {
      UpdateExpression: `SET secretSha256 = :secret${previous ? ", #previous = :previous" : " REMOVE #previous"}`,
      ConditionExpression: "secretSha256 = :seen AND attribute_not_exists(revokedAtMs)",
      ExpressionAttributeNames: { "#previous": "previous" },
      ExpressionAttributeValues: {
        ":secret": secretSha256,
        ":seen": seen.secretSha256,
        ...(previous ? { ":previous": previous } : {}),
      },
    });
    return updated ?? (await this.standing(seen, (key) => key.secretSha256 === secretSha256));
  }

  async revoke(tenantId: TenantId, id: ApiKeyId, atMs: number): Promise<ApiKey | undefined> {
    return this.update(
      { tenantId, id },
      {
        UpdateExpression: "SET revokedAtMs = if_not_exists(revokedAtMs, :at)",
        ConditionExpression: "attribute_exists(tenantId)",
        ExpressionAttributeValues: { ":at": atMs },
      },
    );
  }

  /** The key after the write; undefined when the condition did not hold. */
  private async update(
    { tenantId, id }: Pick<ApiKey, "tenantId" | "id">,
    input: Omit<UpdateCommandInput, "TableName" | "Key" | "ReturnValues">,
  ): Promise<ApiKey | undefined> {
    try {
      const { Attributes } = await this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: this.key(tenantId, id),
          ReturnValues: "ALL_NEW",
          ...input,
        }),
      );
      return apiKeyFromItem(Attributes);
    } catch (error) {
      if (error instanceof Error && error.name === "ConditionalCheckFailedException") {
        return undefined;
      }
      throw error;
    }
  }

  /** The SDK repeats a write whose answer was lost, and the repetition finds what the first try wrote. */
  private async standing(
    { tenantId, id }: Pick<ApiKey, "tenantId" | "id">,
    isWritten: (key: ApiKey) => boolean,
  ): Promise<ApiKey | undefined> {
    const key = await this.read(tenantId, id);
    return key && isWritten(key) ? key : undefined;
  }

  private key(tenantId: TenantId, id: ApiKeyId) {
    return { tenantId, record: `${apiKeyRecordPrefix}${id}` };
  }
}

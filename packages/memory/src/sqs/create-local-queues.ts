/** Makes the ingestion queue and its dead letters where they are missing, as infra declares them. */
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { ingestionQueues } from "../queues.ts";

/** Tells both addresses. Throws when a queue of the name has other attributes. */
export async function createLocalQueues(
  client: SQSClient,
  namePrefix: string,
): Promise<{ queueUrl: string; deadLetterUrl: string }> {
  const create = async (QueueName: string, Attributes: Record<string, string>) =>
    (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? "";
  const { name, deadLetterName, visibilitySeconds, maxReceiveCount, deadLetterRetentionSeconds } =
    ingestionQueues;
  const deadLetterUrl = await create(`${namePrefix}-${deadLetterName}`, {
    MessageRetentionPeriod: `${deadLetterRetentionSeconds}`,
  });
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetterUrl, AttributeNames: ["QueueArn"] }),
  );
  const queueUrl = await create(`${namePrefix}-${name}`, {
    VisibilityTimeout: `${visibilitySeconds}`,
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes.QueueArn, maxReceiveCount }),
  });
  return { queueUrl, deadLetterUrl };
}

/** For tests: sessions in Bedrock on a local AWS of their own, and what Bedrock has of them as if no table were there. */
import {
  type BedrockAgentRuntimeClient,
  GetInvocationStepCommand,
  ListInvocationStepsCommand,
  ListSessionsCommand,
} from "@aws-sdk/client-bedrock-agent-runtime";
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock } from "@caprock/domain";
import {
  createBedrockSessionsClient,
  createDocumentClient,
  type DocumentClient,
  localCredentials,
} from "@caprock/platform";
import { BedrockSessionStore, type BedrockSessionStoreParts } from "../bedrock-sessions/session-store.ts";
import type { SessionKey } from "../long-term/session-turn.ts";
import type { SessionStore, TurnClaim } from "../sessions/session-store.ts";
import { bedrockSessionsTable } from "../tables.ts";

const mostListed = { maxResults: 1_000 };

export interface OpenBedrockSessions {
  readonly awsLocal: AwsLocal;
  readonly clock: ManualClock;
  readonly client: DocumentClient;
  readonly bedrock: BedrockAgentRuntimeClient;
  /** Instances stand for processes. `atCall` is awaited before each call to either service. */
  store(parts?: Partial<BedrockSessionStoreParts>, atCall?: () => Promise<void>): BedrockSessionStore;
  /** The states of the Bedrock sessions that there are. */
  states(): Promise<readonly (string | undefined)[]>;
  /** The text of every step of every Bedrock session. */
  texts(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openBedrockSessions(): Promise<OpenBedrockSessions> {
  const clock = new ManualClock(Date.parse("2026-11-26T12:00:00Z"));
  const awsLocal = await startAwsLocal({ nowMs: () => clock.now() });
  const access = { region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials };
  const client = createDocumentClient(access);
  const bedrock = createBedrockSessionsClient(access);
  await createTables(client, "test", [bedrockSessionsTable]);
  const listed = async () => (await bedrock.send(new ListSessionsCommand(mostListed))).sessionSummaries ?? [];
  return {
    awsLocal,
    clock,
    client,
    bedrock,
    store: (parts = {}, atCall = async () => undefined) =>
      new BedrockSessionStore({
        bedrock: beforeCalls(bedrock, atCall),
        client: beforeCalls(client, atCall),
        tablePrefix: "test",
        clock,
        keptForMs: 90 * 86_400_000,
        ...parts,
      }),
    states: async () => (await listed()).map(({ sessionStatus }) => sessionStatus),
    async texts() {
      const texts: string[] = [];
      for (const { sessionId: sessionIdentifier } of await listed()) {
        const { invocationStepSummaries = [] } = await bedrock.send(
          new ListInvocationStepsCommand({ sessionIdentifier, ...mostListed }),
        );
        for (const { invocationId: invocationIdentifier, invocationStepId } of invocationStepSummaries) {
          const { invocationStep } = await bedrock.send(
            new GetInvocationStepCommand({ sessionIdentifier, invocationIdentifier, invocationStepId }),
          );
          texts.push(invocationStep?.payload?.contentBlocks?.[0]?.text ?? "");
        }
      }
      return texts;
    },
    async close() {
      client.destroy();
      bedrock.destroy();
      await awsLocal.close();
    },
  };
}

function beforeCalls<C extends { send(...asked: never[]): unknown }>(
  client: C,
  atCall: () => Promise<void>,
): C {
  return new Proxy(client, {
    get: (target, name) =>
      name === "send"
        ? async (...asked: never[]) => {
            await atCall();
            return target.send(...asked);
          }
        : Reflect.get(target, name),
  });
}

export const saysText = (text: string) => [{ role: "user" as const, content: [{ text }] }];

/** As Bedrock keeps what `sayText` says. */
export const textAtBedrock = (text: string) => JSON.stringify(saysText(text));

export async function claimTurnOf(
  store: SessionStore,
  session: SessionKey,
  turnId: string,
  untilMs: number,
): Promise<TurnClaim> {
  const claim = await store.claim(session, turnId, untilMs);
  if ("refused" in claim) {
    throw new Error(claim.refused.message);
  }
  return claim;
}

export async function textsOfSession(store: SessionStore, session: SessionKey): Promise<unknown[]> {
  const turns = await store.turnsAfter(session, 0, 99);
  return turns.map(({ messages }) => messages[0]?.content[0]?.text);
}

/** Texts in Bedrock sessions: each is one invocation, in as many steps as its length needs. */
import {
  type BedrockAgentRuntimeClient,
  ConflictException,
  CreateInvocationCommand,
  CreateSessionCommand,
  DeleteSessionCommand,
  EndSessionCommand,
  GetInvocationStepCommand,
  GetSessionCommand,
  PutInvocationStepCommand,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  ValidationException,
} from "@aws-sdk/client-bedrock-agent-runtime";
import { CaprockError } from "@caprock/domain";
import { awsFailure } from "../aws-failure.ts";
import { toPieces } from "./pieces.ts";

/** Where in its Bedrock session a text is. */
export interface TextPlace {
  readonly invocationId: string;
  readonly stepIds: string[];
}

export interface NewText {
  readonly text: string;
  readonly atMs: number;
  /** What it says of itself to who looks at the session; at most 200 characters. */
  readonly description: string;
}

/** A step holds 50 MB. A text is JSON, which JSON again makes at most twice as long. */
const mostStepBytes = 20_000_000;

/**
 * Ids of invocations and steps are Bedrock's: AWS does not say what happens to one that is given twice, and a call whose
 * answer was lost is made again. Throws CaprockError with the codes `upstream_…`.
 */
export class BedrockTexts {
  readonly #client: BedrockAgentRuntimeClient;
  readonly #stepBytes: number;

  constructor(client: BedrockAgentRuntimeClient, stepBytes = mostStepBytes) {
    this.#client = client;
    this.#stepBytes = stepBytes;
  }

  /** Makes a Bedrock session. Resolves with its id. */
  async create(metadata: Readonly<Record<string, string>>): Promise<string> {
    try {
      const { sessionId } = await this.#client.send(new CreateSessionCommand({ sessionMetadata: metadata }));
      return told(sessionId);
    } catch (error) {
      throw failure(error);
    }
  }

  /** `refusedBy` is the error of a session that takes no more: it is full, was idle for an hour, has ended or is gone. */
  async write(
    sessionIdentifier: string,
    { text, atMs, description }: NewText,
  ): Promise<TextPlace | { readonly refusedBy: CaprockError }> {
    try {
      const { invocationId } = await this.#client.send(
        new CreateInvocationCommand({ sessionIdentifier, description }),
      );
      const invocationIdentifier = told(invocationId);
      const stepIds: string[] = [];
      for (const piece of toPieces(text, this.#stepBytes)) {
        const { invocationStepId } = await this.#client.send(
          new PutInvocationStepCommand({
            sessionIdentifier,
            invocationIdentifier,
            invocationStepTime: new Date(atMs),
            payload: { contentBlocks: [{ text: piece }] },
          }),
        );
        stepIds.push(told(invocationStepId));
      }
      return { invocationId: invocationIdentifier, stepIds };
    } catch (error) {
      if (takesNoMore(error)) {
        return { refusedBy: failure(error) };
      }
      throw failure(error);
    }
  }

  /** Undefined when it is no longer there. */
  async read(
    sessionIdentifier: string,
    { invocationId: invocationIdentifier, stepIds }: TextPlace,
  ): Promise<string | undefined> {
    try {
      const pieces = await Promise.all(
        stepIds.map(async (invocationStepId) => {
          const { invocationStep } = await this.#client.send(
            new GetInvocationStepCommand({ sessionIdentifier, invocationIdentifier, invocationStepId }),
          );
          return (invocationStep?.payload?.contentBlocks ?? []).map(({ text = "" }) => text).join("");
        }),
      );
      return pieces.join("");
    } catch (error) {
      if (error instanceof ResourceNotFoundException) {
        return undefined;
      }
      throw failure(error);
    }
  }

  /** Deletes a Bedrock session with all that is in it. Safe to repeat. */
  async delete(sessionIdentifier: string): Promise<void> {
    try {
      const { sessionStatus } = await this.#client.send(new GetSessionCommand({ sessionIdentifier }));
      if (sessionStatus === "ACTIVE") {
        await this.#client.send(new EndSessionCommand({ sessionIdentifier })).catch(unlessConflict);
      }
      await this.#client.send(new DeleteSessionCommand({ sessionIdentifier }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) {
        throw failure(error);
      }
    }
  }
}

/** AWS does not document which of these a session that has expired or ended answers with. */
function takesNoMore(error: unknown): boolean {
  return [
    ConflictException,
    ResourceNotFoundException,
    ServiceQuotaExceededException,
    ValidationException,
  ].some((kind) => error instanceof kind);
}

/** Someone else ended it, or it has expired meanwhile; what matters is whether it can be deleted. */
function unlessConflict(error: unknown): void {
  if (!(error instanceof ConflictException)) {
    throw error;
  }
}

function told(id: string | undefined): string {
  if (id === undefined) {
    throw new CaprockError({ code: "upstream_failed", message: "Bedrock named no id for what it has kept." });
  }
  return id;
}

function failure(error: unknown): CaprockError {
  return awsFailure("Keeping a session in Bedrock", error);
}

/** The session store that a stage has chosen: by which setting a process finds it, and what it may do there. */
import { type Grant, grantIndexQuery, grantTable } from "./grants.ts";
import type { DeployedTable } from "./tables.ts";
import type { TurnBodies } from "./turn-bodies.ts";

export interface SessionStoreProps {
  readonly stage: { readonly sessionStore: "dynamodb" | "bedrock"; readonly region: string };
  readonly accountId: string;
  readonly tables: Readonly<Record<"sessions" | "bedrockSessions", DeployedTable>>;
  /** Of the store in DynamoDB alone. */
  readonly turnBodies: TurnBodies;
}

export class SessionStore {
  readonly #props: SessionStoreProps;

  constructor(props: SessionStoreProps) {
    this.#props = props;
  }

  get settings() {
    const { stage, turnBodies } = this.#props;
    return { CAPROCK_SESSION_STORE: stage.sessionStore, ...turnBodies.settings };
  }

  /** Everything that is done to sessions: from a turn's claim to forgetting. */
  get use(): readonly Grant[] {
    const {
      tables: { sessions, bedrockSessions },
      turnBodies,
    } = this.#props;
    // Vectors are there wherever the turns are that they are of.
    const table = grantTable(sessions, ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"]);
    // Which sessions an actor was in last.
    const lastActive = grantIndexQuery(this.#table);
    return this.#isBedrock
      ? [
          table,
          lastActive,
          grantTable(bedrockSessions, ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"]),
          // Its id is Bedrock's own, so that there is no resource to name.
          { actions: ["bedrock:CreateSession"], resources: ["*"] },
          this.#onSessions([
            "GetSession",
            "EndSession",
            "DeleteSession",
            "CreateInvocation",
            "PutInvocationStep",
            "GetInvocationStep",
          ]),
        ]
      : [table, lastActive, ...turnBodies.readAndWrite];
  }

  /** Reading turns. */
  get read(): readonly Grant[] {
    const table = grantTable(this.#table, ["GetItem", "Query"]);
    return this.#isBedrock
      ? [table, this.#onSessions(["GetInvocationStep"])]
      : [table, ...this.#props.turnBodies.read];
  }

  /** Knowing which sessions there are, and how far each is. */
  get list(): readonly Grant[] {
    return [grantTable(this.#table, ["Query"])];
  }

  get #isBedrock(): boolean {
    return this.#props.stage.sessionStore === "bedrock";
  }

  get #table(): DeployedTable {
    const { bedrockSessions, sessions } = this.#props.tables;
    return this.#isBedrock ? bedrockSessions : sessions;
  }

  #onSessions(actions: readonly string[]): Grant {
    const { stage, accountId } = this.#props;
    return {
      actions: actions.map((action) => `bedrock:${action}`),
      resources: [`arn:aws:bedrock:${stage.region}:${accountId}:session/*`],
    };
  }
}

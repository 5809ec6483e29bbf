import { afterAll, expect, test } from "vitest";
import { production } from "../stages/production.ts";
import { synthesizeForTest } from "../testing/synthesized-stage.ts";

const inBedrock = synthesizeForTest({ ...production, sessionStore: "bedrock", longTermMemory: true });
const inDynamoDb = synthesizeForTest({ ...production, longTermMemory: true });
afterAll(() => {
  inBedrock.remove();
  inDynamoDb.remove();
});

interface Policy {
  readonly statement: readonly {
    readonly actions: readonly string[];
    readonly resources: readonly string[];
  }[];
}

/** What a function may do to sessions, at Bedrock and in both tables of sessions. */
function sessionActions(name: string, from = inBedrock): Record<string, readonly string[]> {
  const documents = Object.entries(from.configuration.data.aws_iam_policy_document ?? {});
  const [, policy] = documents.find(([id]) => id.startsWith(`${name}_node_permissions`)) ?? [];
  const { statement } = policy as unknown as Policy;
  const isOfSessions = ({ actions, resources }: Policy["statement"][number]) =>
    resources.some((one) => /tables_(bedrock-)?sessions_|:session\/\*$/.test(one)) ||
    actions.includes("bedrock:CreateSession");
  return Object.fromEntries(
    statement.filter(isOfSessions).map(({ actions, resources }) => [
      resources
        .join()
        .replace(/.*tables_((?:bedrock-)?sessions)_[^/]*/, "$1")
        .replace(/.*:session/, "session"),
      actions.map((action) => action.replace(/^\w+:/, "")),
    ]),
  );
}

const all = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"];

test.each(["api", "socket"])(
  "%s may do to sessions what the stage's store needs, and nothing to the other",
  (name) => {
    expect(sessionActions(name)).toEqual({
      sessions: all,
      "bedrock-sessions": all,
      "bedrock-sessions/index/byActivity": ["Query"],
      "*": ["CreateSession"],
      "session/*": [
        "GetSession",
        "EndSession",
        "DeleteSession",
        "CreateInvocation",
        "PutInvocationStep",
        "GetInvocationStep",
      ],
    });
    expect(sessionActions(name, inDynamoDb)).toEqual({
      sessions: all,
      "sessions/index/byActivity": ["Query"],
    });
  },
);

test("ingestion reads turns, and the worker knows only which sessions there are", () => {
  expect(sessionActions("ingestion")).toEqual({
    "bedrock-sessions": ["GetItem", "Query"],
    "session/*": ["GetInvocationStep"],
  });
  expect(sessionActions("worker")).toEqual({ "bedrock-sessions": ["Query"] });
  expect(sessionActions("worker", inDynamoDb)).toEqual({ sessions: ["Query"] });
});

test("every function is told the same store", () => {
  const stores = Object.values(inBedrock.configuration.resource.aws_lambda_function ?? {}).map(
    ({ environment }) =>
      (environment as { variables: Record<string, string> }).variables.CAPROCK_SESSION_STORE,
  );
  expect(stores).toEqual(["bedrock", "bedrock", "bedrock", "bedrock"]);
});

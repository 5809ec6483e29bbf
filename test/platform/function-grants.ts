/** What the roles that infra gives the functions of production allow them to do. */
import { production } from "@caprock/infra/production";
import { synthesizeForTest } from "@caprock/infra/testing";

interface Statement {
  readonly actions: readonly string[];
  readonly resources?: readonly string[];
  readonly condition?: readonly { readonly values: readonly string[] }[];
}

/** What is called by a name, and the one memory there is. */
const namedResources = {
  aws_dynamodb_table: "name",
  aws_s3_bucket: "bucket",
  aws_sns_topic: "name",
  aws_sqs_queue: "name",
} as const;

export interface FunctionGrants {
  /** How many there are. */
  readonly count: number;
  /** Whether one of them, in which `*` stands for anything as in IAM, allows what `actionsOf` names. */
  allow(action: string): boolean;
}

/** By function: "api", "socket", "worker", "ingestion". With long-term memory, which a stage has where it says so. */
export function functionGrants(): (functionName: string) => FunctionGrants {
  const { configuration, remove } = synthesizeForTest({ ...production, longTermMemory: true });
  remove();
  const names = new Map(
    Object.entries(namedResources).flatMap(([type, member]) =>
      Object.entries(configuration.resource[type] ?? {}).map(([id, resource]) => {
        const name = String((resource as Record<string, unknown>)[member]);
        // Buckets' names end with the account's.
        return [
          `${type}.${id}`,
          name.replace(/-\$\{.*$/, "").replace(`${production.namePrefix}-`, ""),
        ] as const;
      }),
    ),
  );
  const documents = Object.entries(configuration.data.aws_iam_policy_document ?? {});
  return (functionName) => {
    const statements = documents
      .filter(([policy]) => policy.startsWith(`${functionName}_`))
      .flatMap(([, { statement }]) => statement as readonly Statement[]);
    const grants = statements.flatMap(({ actions, resources = [], condition }) =>
      resources.flatMap((resource) =>
        actions.map((action) =>
          [action, resourceName(resource, names), ...(condition?.flatMap(({ values }) => values) ?? [])].join(
            " ",
          ),
        ),
      ),
    );
    const patterns = grants.map((grant) => new RegExp(`^${grant.split("*").map(escaped).join(".*")}$`));
    return { count: grants.length, allow: (action) => patterns.some((pattern) => pattern.test(action)) };
  };
}

/** The name of a resource of this deployment, with what follows it in the ARN; of any other the end of its ARN. */
function resourceName(resource: string, names: ReadonlyMap<string, string>): string {
  const [, id = "", rest = ""] = /^\$\{([\w-]+\.[\w-]+)\.arn\}(.*)$/.exec(resource) ?? [];
  if (id.startsWith("aws_bedrockagentcore_memory.")) {
    return `memory${rest}`;
  }
  const name = names.get(id);
  return name === undefined ? resource.split(":").slice(5).join(":") || resource : `${name}${rest}`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?+()[\]{}]/g, "\\$&");
}

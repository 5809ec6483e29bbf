/** What the roles that infra gives the functions of production allow them to do to tables. */
import { production } from "@caprock/infra/production";
import { synthesizeForTest } from "@caprock/infra/testing";

interface Statement {
  readonly actions: readonly string[];
  readonly resources?: readonly string[];
}

/** By function ("api", "socket", "worker"), each as "dynamodb:Query accounts/index/byOwner". */
export function tableGrants(): (functionName: string) => ReadonlySet<string> {
  const { configuration, remove } = synthesizeForTest(production);
  remove();
  const tables = configuration.resource.aws_dynamodb_table ?? {};
  const documents = Object.entries(configuration.data.aws_iam_policy_document ?? {});
  return (functionName) => {
    const statements = documents
      .filter(([policy]) => policy.startsWith(`${functionName}_`))
      .flatMap(([, { statement }]) => statement as readonly Statement[]);
    return new Set(
      statements.flatMap(({ actions, resources = [] }) =>
        resources.flatMap((resource) => {
          const [, id = "", index = ""] =
            /^\$\{aws_dynamodb_table\.([\w-]+)\.arn\}(.*)$/.exec(resource) ?? [];
          const name = tables[id]?.name;
          return typeof name === "string"
            ? actions.map((action) => `${action} ${name.replace(`${production.namePrefix}-`, "")}${index}`)
            : [];
        }),
      ),
    );
  };
}

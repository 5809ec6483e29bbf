/** What the roles that infra gives the functions of production allow them to do to tables and buckets. */
import { production } from "@caprock/infra/production";
import { synthesizeForTest } from "@caprock/infra/testing";

interface Statement {
  readonly actions: readonly string[];
  readonly resources?: readonly string[];
}

/** By function ("api", "socket", "worker"), each as "dynamodb:Query accounts/index/byOwner" or "s3:GetObject turn-bodies". */
export function storeGrants(): (functionName: string) => ReadonlySet<string> {
  const { configuration, remove } = synthesizeForTest(production);
  remove();
  const tables = configuration.resource.aws_dynamodb_table ?? {};
  const bucketNames = Object.entries(configuration.resource.aws_s3_bucket ?? {}).map(
    ([id, { bucket }]) => [id, String(bucket).replace(/-\$\{.*$/, "")] as const,
  );
  const names = new Map([
    ...Object.entries(tables).map(([id, { name }]) => [id, String(name)] as const),
    ...bucketNames,
  ]);
  const documents = Object.entries(configuration.data.aws_iam_policy_document ?? {});
  return (functionName) => {
    const statements = documents
      .filter(([policy]) => policy.startsWith(`${functionName}_`))
      .flatMap(([, { statement }]) => statement as readonly Statement[]);
    return new Set(
      statements.flatMap(({ actions, resources = [] }) =>
        resources.flatMap((resource) => {
          const [, kind, id = "", rest = ""] =
            /^\$\{aws_(dynamodb_table|s3_bucket)\.([\w-]+)\.arn\}(.*)$/.exec(resource) ?? [];
          const name = names.get(id)?.replace(`${production.namePrefix}-`, "");
          // Of a bucket the keys are left out that a role may name.
          const index = kind === "s3_bucket" ? "" : rest;
          return name === undefined ? [] : actions.map((action) => `${action} ${name}${index}`);
        }),
      ),
    );
  };
}

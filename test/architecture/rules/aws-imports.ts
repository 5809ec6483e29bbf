/** AWS is called from adapters alone: everything else works on ports. */
import { allImports, isTestFile, packageOf, type Violation, type Workspace } from "../workspace.ts";

const adapterFolder =
  /^(packages|apps)\/[^/]+\/src\/(dynamodb|apigateway|agentcore|bedrock|bedrock-sessions|s3|cloudwatch|emf|sns|sqs|webhook)\//;
const adapterPackages = ["packages/platform/", "packages/aws-local/"];

/** The tenants' side of Bedrock's wire speaks its framing; that is no call to AWS. */
const bedrockWire = "apps/api/src/tenant/protocols/bedrock/";

export function strayAwsImports(workspace: Workspace): Violation[] {
  return allImports(workspace).flatMap(({ file, imported: { specifier, typeOnly, line } }) => {
    const name = packageOf(specifier) ?? "";
    const isAws =
      name.startsWith("@aws-sdk/") ||
      name.startsWith("@aws-lambda-powertools/") ||
      name.startsWith("@smithy/") ||
      name === "undici";
    const allowed =
      !isAws ||
      typeOnly ||
      isTestFile(file.path) ||
      adapterFolder.test(file.path) ||
      adapterPackages.some((folder) => file.path.startsWith(folder)) ||
      (file.path.startsWith(bedrockWire) && specifier === "@smithy/core/event-streams");
    const message = `"${specifier}": only adapter folders and packages/platform import it at run time`;
    return allowed ? [] : [{ file: file.path, line, message }];
  });
}

/** What `start` prints once everything answers. */
import type { LocalJson } from "./local-json.ts";

const demoModel = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

export interface ScreenFacts {
  readonly local: LocalJson;
  readonly dataFolder: string;
  readonly localJson: string;
  /** True when MODEL_URL makes the answers real ones. */
  readonly realModel: boolean;
}

/** One screen of plain text; every line of it works when pasted. */
export function startScreen({ local, dataFolder, localJson, realModel }: ScreenFacts): string {
  const [tenant] = local.tenants;
  const key = tenant?.apiKey ?? "";
  const answers = realModel
    ? "Answers come from the server at MODEL_URL."
    : "Answers are simulated and say so; set MODEL_URL to an OpenAI-compatible server for real ones.";
  return `
Caprock is running against a local AWS. ${answers}

  API              ${local.apiUrl}
  Dashboard        ${local.dashboardUrl}
  API reference    ${local.dashboardUrl}/reference
  Local AWS        ${local.awsLocalUrl}

  Admin token      ${local.adminToken}
${local.tenants.map(({ name, apiKey }) => `  ${name.padEnd(17)}${apiKey}`).join("\n")}

Ask something:

  curl ${local.apiUrl}/v1/chat/completions -H "authorization: Bearer ${key}" -H "content-type: application/json" -d '{"model":"${demoModel}","messages":[{"role":"user","content":"Hello"}]}'

OpenAI SDK:   OPENAI_BASE_URL=${local.apiUrl}/v1  OPENAI_API_KEY=<a key above>
AWS SDK:      AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${local.apiUrl}  AWS_BEARER_TOKEN_BEDROCK=<a key above>  AWS_REGION=us-east-1

Data lives in ${dataFolder} and survives a restart; --fresh starts over, --demo fills a month of traffic.
For scripts:  ${localJson}
Stop with Ctrl-C.
`;
}

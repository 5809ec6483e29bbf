/** The call of a probe: a few tokens of a model, over the OpenAI wire, by any tenant's key. */
import { readFile } from "node:fs/promises";
import { requestIdPattern, type Tenant } from "@caprock/domain";
import type { Probe, ProbeAnswer } from "@caprock/metering";
import { parseKeyText } from "@caprock/tenancy";
import { z } from "zod";
import type { Deployment } from "./find-deployment.ts";
import { VerifyError } from "./verify-error.ts";

export interface ProbeOptions {
  /** Make a call. */
  readonly probe?: boolean;
  readonly apiUrl?: string;
  /** A file with an API key, so that it stands in no list of processes and no shell's history. */
  readonly keyFile?: string;
  readonly probeModel?: string;
}

/** Cheap, and offered nearly everywhere. */
export const defaultProbeModel = "us.amazon.nova-micro-v1:0";
const maxTokens = 16;
const answerTimeoutMs = 60_000;

const completion = z.object({
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }),
});
const problem = z.object({ error: z.object({ message: z.string() }) });

/** Undefined where no probe was asked for. Throws VerifyError where it cannot be known whom to call, or as whom. */
export async function callProbe(
  { probe, apiUrl, keyFile, probeModel: model = defaultProbeModel }: ProbeOptions,
  { local }: Deployment,
  tenants: readonly Tenant[],
): Promise<Probe | undefined> {
  if (!probe) {
    return undefined;
  }
  const url = apiUrl ?? local?.apiUrl;
  const text = keyFile === undefined ? local?.tenants[0]?.apiKey : await readKey(keyFile);
  if (url === undefined || text === undefined) {
    throw new VerifyError("A probe needs --api-url <url> and --key-file <file with an API key>.");
  }
  const tenantId = parseKeyText(text)?.tenantId;
  const tenant = tenants.find(({ id }) => id === tenantId);
  if (!tenant) {
    throw new VerifyError("The probe's key is no API key of a tenant of this deployment.");
  }
  return { tenant, what: model, call: () => complete(url, text, model) };
}

async function readKey(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch {
    throw new VerifyError(`The key file ${file} cannot be read.`);
  }
}

async function complete(apiUrl: string, apiKey: string, model: string): Promise<ProbeAnswer> {
  const messages = [{ role: "user", content: "Say yes." }];
  const response = await fetch(`${apiUrl.replace(/\/+$/, "")}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({ model, max_tokens: maxTokens, messages }),
    signal: AbortSignal.timeout(answerTimeoutMs),
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const why = problem.safeParse(body).data?.error.message ?? "nothing that can be read";
    throw new VerifyError(`The probe's call was answered ${response.status}: ${why}`);
  }
  return answerOf(response.headers.get("x-request-id"), body);
}

function answerOf(requestId: string | null, body: unknown): ProbeAnswer {
  const answer = completion.safeParse(body).data;
  if (requestId === null || !requestIdPattern.test(requestId) || !answer) {
    throw new VerifyError("The probe's call was not answered by Caprock: it has no request id or no usage.");
  }
  const { prompt_tokens: promptTokens, completion_tokens: outputTokens } = answer.usage;
  return { requestId, promptTokens, outputTokens };
}

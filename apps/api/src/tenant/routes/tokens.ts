/** POST /v1/tokens: an API key, or a sign-in, for a short-lived access token. */
import type { Refusal } from "@caprock/domain";
import { issueTokenForKey, issueTokenForSignIn, tokenLifeSeconds } from "@caprock/tenancy";
import type { Context } from "hono";
import { z } from "zod";
import { parseJson, readBytes } from "../../http/read-json.ts";
import { refuseIssue } from "../../http/refuse-issue.ts";
import type { RequestEnv } from "../../http/request-context.ts";
import { answerProblem } from "../answer-problem.ts";
import { presentedKey } from "../present-key.ts";
import type { TenantParts } from "../tenant-parts.ts";

const { least, most, unlessTold } = tokenLifeSeconds;

const tokenRequest = z.strictObject({
  expiresInSeconds: z.int().min(least).max(most).default(unlessTold),
  /** Instead of an API key: whom an identity provider has signed in, and which key accepts that. */
  signIn: z
    .strictObject({ tenantId: z.string(), apiKeyId: z.string(), idToken: z.string().max(16_384) })
    .optional(),
});

export function tokens(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    if (!parts.tokens) {
      return answerProblem(c, { code: "not_found", message: "This deployment issues no access tokens." });
    }
    const body = await readRequest(c, parts);
    if ("refused" in body) {
      return answerProblem(c, body.refused);
    }
    const { signIn, expiresInSeconds } = body;
    const issued = signIn
      ? await issueTokenForSignIn(signIn, expiresInSeconds, parts.tokens)
      : await issueTokenForKey(presentedKey(c.req.raw.headers), expiresInSeconds, parts.tokens);
    if ("refused" in issued) {
      return answerProblem(c, issued.refused);
    }
    c.header("cache-control", "no-store");
    return c.json({
      accessToken: issued.token,
      tokenType: "Bearer",
      expiresAt: new Date(issued.expiresAtMs).toISOString(),
    });
  };
}

async function readRequest(
  c: Context<RequestEnv>,
  parts: TenantParts,
): Promise<z.infer<typeof tokenRequest> | Refusal> {
  const bytes = await readBytes(c.req.raw, parts);
  if ("refused" in bytes) {
    return bytes;
  }
  // An empty body asks for what is usual.
  const json = bytes.value.byteLength === 0 ? { value: {} } : parseJson(bytes.value);
  if ("refused" in json) {
    return json;
  }
  const parsed = tokenRequest.safeParse(json.value);
  if (parsed.success) {
    return parsed.data;
  }
  return refuseIssue(parsed.error, "The body");
}

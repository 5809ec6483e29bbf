/** The tenant API: its routes, and how they answer when something is wrong. */
import type { Caller } from "@caprock/tenancy";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import type { RequestEnv } from "../http/request-context.ts";
import { answerOnce } from "../idempotency/answer-once.ts";
import { replayedHeaderName } from "../idempotency/stored-answer.ts";
import { answerProblem } from "./answer-problem.ts";
import { identify } from "./identify.ts";
import { applyGuardrail } from "./routes/apply-guardrail.ts";
import { bedrockCountTokens } from "./routes/bedrock-count-tokens.ts";
import { chatCompletions } from "./routes/chat-completions.ts";
import { converse } from "./routes/converse.ts";
import { countTokens, tokenCountHeaderName } from "./routes/count-tokens.ts";
import { embeddings } from "./routes/embeddings.ts";
import { deleteActor, deleteSession, deleteTurn, exportOfActor } from "./routes/forget.ts";
import { imageGenerations, unservedImages } from "./routes/images.ts";
import { invokeModel } from "./routes/invoke-model.ts";
import { memories } from "./routes/memories.ts";
import { messages } from "./routes/messages.ts";
import { models } from "./routes/models.ts";
import { refuseNotServed } from "./routes/not-served.ts";
import { responses } from "./routes/responses.ts";
import * as sessions from "./routes/sessions.ts";
import { status } from "./routes/status.ts";
import { deleteResponse, listInputItems, readResponse } from "./routes/stored-responses.ts";
import { tokens } from "./routes/tokens.ts";
import type { TenantParts } from "./tenant-parts.ts";
import { turnHeaderNames } from "./turn-headers.ts";
import { warningHeaderName } from "./warning-header.ts";

/** A token is as good as new for as long as it lives; it is issued anew, and not by callers alone who have an API key. */
const tokensPath = "/v1/tokens";

/** Routes by path and method; a known path with another method answers 405 in the caller's wire. */
export function createTenantApp(parts: TenantParts): Hono<RequestEnv> {
  const app = new Hono<RequestEnv>();
  // Keys travel in headers, never in cookies, so any page may call with a key it was given.
  const forPages = cors({
    origin: "*",
    exposeHeaders: [
      replayedHeaderName,
      "request-id",
      "retry-after",
      "x-amzn-bedrock-cache-read-input-token-count",
      "x-amzn-bedrock-cache-write-input-token-count",
      "x-amzn-bedrock-content-type",
      "x-amzn-bedrock-input-token-count",
      "x-amzn-bedrock-output-token-count",
      "x-amzn-errortype",
      "x-amzn-requestid",
      tokenCountHeaderName,
      warningHeaderName,
      ...turnHeaderNames,
      "x-request-id",
      "x-should-retry",
    ],
  });
  // Pages alone name their origin. For the others no header is added here: each costs more than the answer's own.
  app.use((c, next) => (c.req.header("origin") === undefined ? next() : forPages(c, next)));
  const once = answerOnce(parts.idempotency, {
    async identify(c) {
      const identified = await identify(c, parts);
      return "refused" in identified
        ? identified
        : { scope: scopeOf(identified.caller), bytes: identified.bytes };
    },
    answerProblem,
  });
  app.use("/v1/*", (c, next) => (c.req.path === tokensPath ? next() : once(c, next)));
  app.use("/model/*", once);
  app.use("/guardrail/*", once);
  app.post("/v1/chat/completions", chatCompletions(parts));
  app.post("/v1/responses", responses(parts));
  app.get("/v1/responses/:id", readResponse(parts));
  app.delete("/v1/responses/:id", deleteResponse(parts));
  app.get("/v1/responses/:id/input_items", listInputItems(parts));
  app.post("/v1/embeddings", embeddings(parts));
  app.post("/v1/images/generations", imageGenerations(parts));
  app.post("/v1/images/edits", unservedImages(parts));
  app.post("/v1/images/variations", unservedImages(parts));
  app.post("/v1/messages", messages(parts));
  app.post("/v1/messages/count_tokens", countTokens(parts));
  app.get("/v1/models", models(parts));
  app.get("/v1/models/:id", models(parts));
  app.get("/v1/status", status(parts));
  app.post(tokensPath, tokens(parts));
  app.post("/v1/sessions", sessions.create(parts));
  app.get("/v1/sessions", sessions.list(parts));
  app.get("/v1/sessions/:id", sessions.read(parts));
  app.delete("/v1/sessions/:id", deleteSession(parts));
  app.post("/v1/sessions/:id/fork", sessions.fork(parts));
  app.get("/v1/sessions/:id/turns", sessions.readTurns(parts));
  app.delete("/v1/sessions/:id/turns/:turn", deleteTurn(parts));
  app.delete("/v1/actors/:actor", deleteActor(parts));
  app.get("/v1/actors/:actor/export", exportOfActor(parts));
  app.get("/v1/actors/:actor/memories", memories(parts));
  // A model id may be an ARN; whoever stands in front may have decoded its slashes.
  app.post("/model/:id{.+}/converse", converse(parts, { streamed: false }));
  app.post("/model/:id{.+}/converse-stream", converse(parts, { streamed: true }));
  app.post("/guardrail/:id{.+}/version/:version/apply", applyGuardrail(parts));
  app.post("/model/:id{.+}/count-tokens", bedrockCountTokens(parts));
  app.post("/model/:id{.+}/invoke", invokeModel(parts, { streamed: false }));
  app.post("/model/:id{.+}/invoke-with-response-stream", invokeModel(parts, { streamed: true }));
  refuseNotServed(app);
  for (const [path, allow] of [
    ["/v1/chat/completions", "POST"],
    ["/v1/responses", "POST"],
    ["/v1/responses/:id", "GET, DELETE"],
    ["/v1/responses/:id/input_items", "GET"],
    ["/v1/embeddings", "POST"],
    ["/v1/images/generations", "POST"],
    ["/v1/images/edits", "POST"],
    ["/v1/images/variations", "POST"],
    ["/v1/messages", "POST"],
    ["/v1/messages/count_tokens", "POST"],
    ["/v1/models", "GET"],
    ["/v1/models/:id", "GET"],
    ["/v1/status", "GET"],
    ["/v1/tokens", "POST"],
    ["/v1/sessions", "GET, POST"],
    ["/v1/sessions/:id", "GET, DELETE"],
    ["/v1/sessions/:id/fork", "POST"],
    ["/v1/sessions/:id/turns", "GET"],
    ["/v1/sessions/:id/turns/:turn", "DELETE"],
    ["/v1/actors/:actor", "DELETE"],
    ["/v1/actors/:actor/export", "GET"],
    ["/v1/actors/:actor/memories", "GET"],
    ["/model/:id{.+}/converse", "POST"],
    ["/model/:id{.+}/converse-stream", "POST"],
    ["/guardrail/:id{.+}/version/:version/apply", "POST"],
    ["/model/:id{.+}/count-tokens", "POST"],
    ["/model/:id{.+}/invoke", "POST"],
    ["/model/:id{.+}/invoke-with-response-stream", "POST"],
  ] as const) {
    app.all(path, methodNotAllowed(allow, answerProblem));
  }
  return app;
}

/** Whose idempotency keys a caller's are: the tenant's, or those of who signed in alone. */
function scopeOf({ tenant, user }: Caller): string {
  return user === undefined ? tenant.id : `${tenant.id}#${user}`;
}

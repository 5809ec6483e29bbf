/** The routes of OpenAI's API that are not served here, and why: each is refused in words, not as a typing error. */
import type { Context, Hono } from "hono";
import type { RequestEnv } from "../../http/request-context.ts";
import { answerProblem } from "../answer-problem.ts";

/** By the beginning of the path. */
const notServed: Readonly<Record<string, string>> = {
  "/v1/moderations":
    "Moderations are not served: Bedrock has no moderation model. Ask a chat model with a json_schema response format.",
  "/v1/audio": "Audio is not served: no model of this catalog speaks or listens.",
  "/v1/completions": "Text completions are not served. Use POST /v1/chat/completions.",
  "/v1/assistants": "Assistants are not served. Use POST /v1/responses or /v1/chat/completions.",
  "/v1/threads": "Threads are not served. Use POST /v1/responses or /v1/chat/completions.",
  "/v1/conversations": "Conversations are not served. Continue a response by previous_response_id.",
  "/v1/responses/input_tokens":
    "Counting a response's input is not served. Use POST /v1/messages/count_tokens, or CountTokens of Bedrock's wire.",
  "/v1/responses/compact": "Compacting is not served on this wire: Caprock fits what is too long by itself.",
  "/v1/fine_tuning": "Fine-tuning is not served on this wire.",
  "/v1/vector_stores": "Vector stores are not served. Send documents as file parts.",
  "/v1/realtime": "The realtime API is not served. Stream POST /v1/responses, or chat over the WebSocket.",
  "/v1/videos": "Videos are not served: no model of this catalog makes them.",
  "/v1/evals": "Evals are not served.",
  "/v1/containers": "Containers are not served: nothing runs code here.",
  "/v1/organization":
    "The organization's administration is not served on this wire. Operators use /admin/v1; GET /v1/status tells a key's budget.",
};

/** Answers every method below these paths with 404 and the reason. */
export function refuseNotServed(app: Hono<RequestEnv>): void {
  for (const [path, message] of Object.entries(notServed)) {
    const refuse = (c: Context<RequestEnv>) => answerProblem(c, { code: "not_found", message });
    app.all(path, refuse);
    app.all(`${path}/*`, refuse);
  }
}

/** How a tenant's chats are fitted into a window, as JSON has it; a request's header has the same. */
import { contextStrategies } from "@caprock/domain";
import { z } from "@hono/zod-openapi";

export const contextPolicy = z
  .strictObject({
    strategy: z.enum(contextStrategies).optional().openapi({
      description:
        "What is sent of a chat that does not fit: `window`, its newest exchanges; `relevance`, fewer of them, and older messages that matter for the question. By default `relevance` in sessions and `window` elsewhere.",
    }),
    windowTokens: z.int().min(1_000).max(10_000_000).optional().openapi({
      description:
        "The most that prompt and answer take together, by Caprock's estimate of tokens, where the model would take more. An answer whose maximum the caller does not name gets at most a quarter of it.",
      example: 4_000,
    }),
    recallShare: z.number().min(0).max(1).optional().openapi({
      description: "The part of the chat's room that `relevance` gives to older messages. By default 0.5.",
    }),
    keepToolResults: z.int().min(1).max(1_000).optional().openapi({
      description:
        "Of a chat that does not fit, the results of older tool calls than so many are cleared before messages are dropped. By default none is.",
    }),
  })
  .openapi("ContextPolicy", { description: "How chats that are longer than the window are fitted into it." });

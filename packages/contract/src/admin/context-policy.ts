/** How a tenant's chats are fitted into a window, as JSON has it; a request's header has the same. */
import { contextStrategies } from "@caprock/domain";
import { z } from "@hono/zod-openapi";

export const contextPolicy = z
  .strictObject({
    strategy: z.enum(contextStrategies).optional().openapi({
      description:
        "What is sent of a chat that does not fit: `window`, its newest exchanges; `relevance`, fewer of them, and older messages that matter for the question; `summarise`, as `relevance`, behind a summary of what is older. By default `relevance` in sessions and `window` elsewhere. Summaries are kept by sessions, so that elsewhere `summarise` is `window`; they are made after answers, and metered as calls of the wire `caprock.summary`.",
    }),
    windowTokens: z.int().min(1_000).max(10_000_000).optional().openapi({
      description:
        "The most that prompt and answer take together, by Caprock's estimate of tokens, where the model would take more. An answer whose maximum the caller does not name gets at most a quarter of it.",
      example: 4_000,
    }),
    recallShare: z.number().min(0).max(1).optional().openapi({
      description:
        "The part of the chat's room that `relevance` and `summarise` give to older messages. By default 0.5, and at most 8,000 tokens; a share that is named has no other bound.",
    }),
    summaryShare: z.number().min(0).max(1).optional().openapi({
      description:
        "The part of the room that system prompt, tools and question leave which a summary may take. By default 0.15. One that is longer is left out.",
    }),
    memoriesShare: z.number().min(0).max(1).optional().openapi({
      description: "The same of what long-term memory has for the question. By default 0.15.",
    }),
    documentsShare: z.number().min(0).max(1).optional().openapi({
      description:
        "The same of documents that the question brings as search results. Where it is named, those that do not fit are left out, the least relevant first, and cut to the passages that matter for the question; the context report tells which. What the other parts leave they take too. By default they are of the question: a call in which they do not fit is refused.",
      example: 0.5,
    }),
    summariserModel: z.string().min(1).max(200).optional().openapi({
      description:
        "The chat model that makes summaries, as a caller would name it. By default Nova Lite or Nova 2 Lite through the chat's own inference profile, so that what was said stays in its geography, and the chat's own model where neither is. A request names one only where its tenant's policy names none.",
      example: "us.amazon.nova-lite-v1:0",
    }),
    embeddingModel: z.string().min(1).max(200).optional().openapi({
      description:
        "The embedding model by which sessions are searched besides their words, as a caller would name it: what sessions keep is embedded after answers, in batches, before it leaves the window, and a question when older messages are searched for it. Each is a call of the wire `caprock.embedding`, metered and limited like every other; where it is refused, fails or is late, the search goes by words alone. By default there is none. A request names one only where its tenant's policy names none.",
      example: "amazon.titan-embed-text-v2:0",
    }),
    keepToolResults: z.int().min(1).max(1_000).optional().openapi({
      description:
        "Of a chat that does not fit, the results of older tool calls than so many are cleared before messages are dropped. By default none is.",
    }),
    cachePoints: z.boolean().optional().openapi({
      description:
        "Whether cache points are set behind tools, system prompt and chat, where the model takes them, the prefix is long enough and the caller has set none. By default they are not.",
    }),
    memory: z.boolean().optional().openapi({
      description:
        "Whether what an actor says in its sessions is taken into long-term memory, and what is remembered of it is recalled for its questions; only where the deployment has long-term memory, and the actor has a name. By default it is not. A request may go without: then nothing is recalled, and what it says stays in its session. It cannot have memory where its tenant has none.",
    }),
  })
  .openapi("ContextPolicy", { description: "How chats that are longer than the window are fitted into it." });

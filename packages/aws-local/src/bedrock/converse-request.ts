/** The Converse request body as far as aws-local reads it. */
import { z } from "zod";

const source = z.looseObject({
  bytes: z.string().optional(),
  text: z.string().optional(),
  content: z.array(z.looseObject({ text: z.string() })).optional(),
});
const media = z.looseObject({ format: z.string().optional(), source });
const cachePoint = z.looseObject({ type: z.literal("default"), ttl: z.enum(["5m", "1h"]).optional() });
const toolUse = z.looseObject({
  toolUseId: z.string().min(1),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  input: z.unknown(),
});
const toolResult = z.looseObject({
  toolUseId: z.string().min(1),
  content: z.array(
    z.looseObject({
      text: z.string().optional(),
      json: z.unknown().optional(),
      image: media.optional(),
      document: media.optional(),
    }),
  ),
  status: z.enum(["success", "error"]).optional(),
});

const contentBlock = z
  .strictObject({
    text: z.string().optional(),
    image: media.optional(),
    document: media.optional(),
    toolUse: toolUse.optional(),
    toolResult: toolResult.optional(),
    cachePoint: cachePoint.optional(),
    guardContent: z.unknown().optional(),
    reasoningContent: z.unknown().optional(),
    citationsContent: z.unknown().optional(),
    searchResult: z.unknown().optional(),
    toolAddition: z.unknown().optional(),
    toolRemoval: z.unknown().optional(),
  })
  .refine((block) => Object.keys(block).length === 1, "A content block must have exactly one member");

const message = z.looseObject({
  role: z.enum(["user", "assistant", "system"]),
  content: z.array(contentBlock),
});
const systemBlock = z.looseObject({
  text: z.string().min(1).optional(),
  guardContent: z.unknown().optional(),
  cachePoint: cachePoint.optional(),
});
const tool = z.looseObject({
  toolSpec: z
    .looseObject({
      name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
      description: z.string().min(1).optional(),
      inputSchema: z.object({ json: z.record(z.string(), z.unknown()) }),
    })
    .optional(),
  systemTool: z.object({ name: z.string() }).optional(),
  cachePoint: cachePoint.optional(),
});
const toolChoice = z.object({
  auto: z.object({}).optional(),
  any: z.object({}).optional(),
  tool: z.object({ name: z.string() }).optional(),
});

/** What Converse and ConverseStream take in their body. */
export const converseRequest = z.looseObject({
  messages: z.array(message).default([]),
  system: z.array(systemBlock).optional(),
  inferenceConfig: z
    .looseObject({
      maxTokens: z.number().int().min(1).optional(),
      temperature: z.number().min(0).max(1).optional(),
      topP: z.number().min(0).max(1).optional(),
      stopSequences: z.array(z.string().min(1)).max(2_500).optional(),
    })
    .optional(),
  toolConfig: z.looseObject({ tools: z.array(tool).min(1), toolChoice: toolChoice.optional() }).optional(),
  outputConfig: z
    .looseObject({
      textFormat: z
        .object({
          type: z.literal("json_schema"),
          structure: z.object({
            jsonSchema: z.object({
              schema: z.string(),
              name: z.string().optional(),
              description: z.string().optional(),
            }),
          }),
        })
        .optional(),
    })
    .optional(),
  requestMetadata: z
    .record(z.string().min(1).max(256), z.string().max(256))
    .refine((entries) => Object.keys(entries).length <= 16, "must have at most 16 entries")
    .optional(),
  serviceTier: z.object({ type: z.enum(["default", "priority", "flex", "reserved"]) }).optional(),
  guardrailConfig: z
    .object({
      guardrailIdentifier: z
        .string()
        .regex(/^([a-z0-9]+|arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:guardrail\/[a-z0-9]+)$/),
      guardrailVersion: z.string().regex(/^([1-9]\d{0,7}|DRAFT)$/),
      trace: z.enum(["enabled", "disabled", "enabled_full"]).optional(),
      streamProcessingMode: z.enum(["sync", "async"]).optional(),
    })
    .optional(),
  performanceConfig: z.object({ latency: z.enum(["standard", "optimized"]).optional() }).optional(),
});

/** What CountTokens takes in its body; of its union only the Converse form is served. */
export const countTokensRequest = z.object({
  input: z.union([
    z.object({ converse: converseRequest }),
    z.object({ invokeModel: z.object({ body: z.base64() }) }),
  ]),
});

export type ConverseRequest = z.infer<typeof converseRequest>;
export type Message = z.infer<typeof message>;
export type ContentBlock = z.infer<typeof contentBlock>;
export type CacheTtl = "5m" | "1h";

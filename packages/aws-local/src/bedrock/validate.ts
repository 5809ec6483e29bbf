/** The rules that Bedrock holds a conversation to, with the words it refuses in. */
import type { z } from "zod";
import { AwsError } from "../aws-error.ts";
import type { ConverseRequest, Message } from "./converse-request.ts";
import { validateDocuments } from "./validate-documents.ts";
import { validateReasoning } from "./validate-reasoning.ts";

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

/** Reads a body by its schema. Throws a ValidationException that names the member at fault. */
export function parseBody<T>(schema: z.ZodType<T>, body: Buffer): T {
  let value: unknown;
  try {
    value = JSON.parse(body.toString() || "{}");
  } catch {
    throw new AwsError("SerializationException", "The body is not JSON.");
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const issues = result.error.issues.map(
      (issue) => `Value at '${issue.path.join(".")}' failed to satisfy constraint: ${issue.message}`,
    );
    throw invalid(
      `${issues.length} validation error${issues.length > 1 ? "s" : ""} detected: ${issues.join("; ")}`,
    );
  }
  return result.data;
}

/** Checks what a schema cannot: the order of roles, tool calls and their results, blank content, documents, reasoning. */
export function validateConversation(request: ConverseRequest, modelId: string): void {
  const { messages, toolConfig } = request;
  if (messages[0]?.role !== "user") {
    throw invalid(
      "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
    );
  }
  let previous: Message | undefined;
  messages.forEach((message, index) => {
    validateContent(message, index);
    // A system message may stand between two turns and is none itself.
    if (message.role === "system") {
      return;
    }
    if (message.role === previous?.role) {
      throw invalid(
        "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
      );
    }
    validateToolResults(previous, message, index);
    previous = message;
  });
  if (previous?.role !== "user") {
    throw invalid(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
  const usesTools = messages.some((message) =>
    message.content.some((block) => block.toolUse || block.toolResult),
  );
  if (usesTools && toolConfig === undefined) {
    throw invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.");
  }
  const wanted = toolConfig?.toolChoice?.tool?.name;
  if (wanted !== undefined && !toolConfig?.tools.some((tool) => tool.toolSpec?.name === wanted)) {
    throw invalid(`The toolChoice names the tool ${wanted}, which is not in toolConfig.tools.`);
  }
  validateDocuments(request);
  validateReasoning(request, modelId);
}

function validateContent(message: Message, index: number): void {
  if (message.content.length === 0) {
    throw invalid(
      `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
    );
  }
  message.content.forEach((block, blockIndex) => {
    if (block.text?.trim() === "") {
      throw invalid(
        `The text field in the ContentBlock object at messages.${index}.content.${blockIndex} is blank. Add text to the text field, and try again.`,
      );
    }
    if ((block.toolUse && message.role !== "assistant") || (block.toolResult && message.role !== "user")) {
      throw invalid(
        `The ${message.role} message at messages.${index} must not hold this kind of tool block.`,
      );
    }
    const isForSystem = block.toolAddition !== undefined || block.toolRemoval !== undefined;
    if (isForSystem ? message.role !== "system" : message.role === "system" && block.text === undefined) {
      throw invalid(
        `The ${message.role} message at messages.${index} must not hold this kind of content block.`,
      );
    }
  });
}

function validateToolResults(previous: Message | undefined, message: Message, index: number): void {
  const expected = previous?.content.flatMap((block) => block.toolUse?.toolUseId ?? []) ?? [];
  const found = message.content.flatMap((block) => block.toolResult?.toolUseId ?? []);
  const missing = expected.filter((id) => !found.includes(id));
  if (missing.length > 0) {
    throw invalid(
      `Expected toolResult blocks at messages.${index}.content for the following Ids: ${missing.join(", ")}`,
    );
  }
  if (found.some((id) => !expected.includes(id)) || found.length > expected.length) {
    throw invalid(
      `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`,
    );
  }
}

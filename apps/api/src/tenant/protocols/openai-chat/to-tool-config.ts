/** Maps the tools of a chat-completions request, and the choice among them, to Converse's toolConfig. */
import type { Refusal } from "@caprock/domain";
import type { ConverseTool, ConverseToolConfig } from "../converse-json.ts";
import { isNestedDeeperThan, mostNesting } from "../openai/nesting.ts";
import { refuseInvalid } from "../openai/refuse-invalid.ts";
import { pastTool } from "../past-tool.ts";
import type { ChatCompletionRequest } from "./request.ts";
import type { ChatTool, ChatToolChoice } from "./tool-schema.ts";

type Mapped = { readonly toolConfig?: ConverseToolConfig };

/**
 * The toolConfig, if there is to be one. Converse has no choice "none": then tools are left out, unless the
 * history holds tool blocks, which Converse takes only next to a toolConfig. For the same reason a history with
 * tool blocks in a request without tools gets a bare definition for each name that was called.
 */
export function toToolConfig(
  { tools: declared, tool_choice: choice }: Pick<ChatCompletionRequest, "tools" | "tool_choice">,
  calledTools: ReadonlySet<string>,
): Mapped | Refusal {
  const tools: ConverseTool[] = [];
  for (const [index, tool] of (declared ?? []).entries()) {
    if (isNestedDeeperThan(tool.function.parameters, mostNesting)) {
      const param = `tools[${index}].function.parameters`;
      return refuseInvalid(
        param,
        `\`${param}\` is nested too deeply; it must have at most ${mostNesting} levels.`,
      );
    }
    tools.push(toConverseTool(tool));
  }
  const refused = refuseImpossibleChoice(choice, tools);
  if (refused) {
    return refused;
  }
  if (tools.length === 0) {
    return calledTools.size > 0 ? { toolConfig: { tools: [...calledTools].map(pastTool) } } : {};
  }
  if (choice === "none") {
    return calledTools.size > 0 ? { toolConfig: { tools } } : {};
  }
  // "auto" is Converse's default; some models refuse to be told it.
  if (!choice || choice === "auto") {
    return { toolConfig: { tools } };
  }
  const toolChoice = choice === "required" ? { any: {} } : { tool: { name: choice.function.name } };
  return { toolConfig: { tools, toolChoice } };
}

function toConverseTool({ function: { name, description, parameters, strict } }: ChatTool): ConverseTool {
  return {
    toolSpec: {
      name,
      ...(description && { description }),
      // Converse asks for a schema whose type is "object"; OpenAI lets a function without parameters say nothing.
      inputSchema: { json: { type: "object", ...(parameters ?? { properties: {} }) } },
      ...(strict && { strict }),
    },
  };
}

function refuseImpossibleChoice(
  choice: ChatToolChoice | null | undefined,
  tools: readonly ConverseTool[],
): Refusal | undefined {
  if (choice === "required" && tools.length === 0) {
    return refuseInvalid(
      "tool_choice",
      '`tool_choice` is "required", but there are no `tools` to choose from.',
    );
  }
  if (
    typeof choice === "object" &&
    choice &&
    !tools.some((tool) => tool.toolSpec.name === choice.function.name)
  ) {
    const param = "tool_choice.function.name";
    return refuseInvalid(param, `\`${param}\` must be the name of one of the \`tools\`.`);
  }
  return undefined;
}

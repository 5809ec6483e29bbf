/** Maps the tools of a Messages request, and the choice among them, to Converse's toolConfig and to Claude's own fields. */
import { type Refusal, refusal } from "@caprock/domain";
import { pastTool } from "../past-tool.ts";
import type { MessagesPrompt } from "./request.ts";
import type { CustomTool, DefinedTool, Tool, ToolChoice } from "./tool-schema.ts";
import type { Block, Translation } from "./translation.ts";

export interface MappedTools {
  readonly toolConfig?: { readonly tools: readonly Block[]; readonly toolChoice?: Block };
  /** What only Claude's own fields can say: tools that Anthropic defines, and choices that Converse lacks. */
  readonly fields: Block;
}

/**
 * Converse has no choice "none": Claude is told in its own field, and to others no tools are given, unless the history
 * holds tool blocks, which Converse takes only next to a toolConfig. For the same reason a history with tool blocks in a
 * request without tools gets a bare definition of each tool that was called.
 */
export function toToolConfig(
  { tools: given, tool_choice: choice }: Pick<MessagesPrompt, "tools" | "tool_choice">,
  calledTools: ReadonlySet<string>,
  translation: Translation,
): MappedTools | Refusal {
  const declared = given ?? [];
  const wrong = checkTools(declared, choice, translation);
  if (wrong) {
    return wrong;
  }
  const custom = declared.filter(isCustom);
  const defined = declared.filter((one): one is DefinedTool => !isCustom(one));
  const ofClaude: Block = {
    ...(defined.length > 0 && { tools: defined }),
    ...(translation.isClaude && choiceOfClaude(choice)),
  };
  const tools = custom.flatMap((one) => [toToolSpec(one), ...translation.point(one.cache_control, "tools")]);
  if (tools.length === 0) {
    const names = [...calledTools].filter((name) => !defined.some((one) => one.name === name));
    return { fields: ofClaude, ...(names.length > 0 && { toolConfig: { tools: names.map(pastTool) } }) };
  }
  if (choice?.type === "none" && !translation.isClaude) {
    return { fields: ofClaude, ...(calledTools.size > 0 && { toolConfig: { tools } }) };
  }
  const toolChoice = ofClaude.tool_choice === undefined ? toChoice(choice) : undefined;
  return { fields: ofClaude, toolConfig: { tools, ...(toolChoice && { toolChoice }) } };
}

function isCustom(tool: Tool): tool is CustomTool {
  return "input_schema" in tool && (tool.type ?? "custom") === "custom";
}

function toToolSpec({ name, description, input_schema, strict }: CustomTool): Block {
  return {
    toolSpec: {
      name,
      ...(description && { description }),
      inputSchema: { json: input_schema },
      ...(typeof strict === "boolean" && { strict }),
    },
  };
}

/** "auto" is Converse's default; some models refuse to be told it. */
function toChoice(choice: ToolChoice | null | undefined): Block | undefined {
  switch (choice?.type) {
    case "any":
      return { any: {} };
    case "tool":
      return { tool: { name: choice.name } };
    default:
      return undefined;
  }
}

function choiceOfClaude(choice: ToolChoice | null | undefined): Block {
  const isOwn =
    choice?.type === "none" ||
    (choice && "disable_parallel_tool_use" in choice && choice.disable_parallel_tool_use);
  return isOwn ? { tool_choice: choice } : {};
}

function checkTools(
  declared: readonly Tool[],
  choice: ToolChoice | null | undefined,
  translation: Translation,
): Refusal | undefined {
  const { model, isClaude } = translation;
  const foreign = declared.findIndex((one) => !isCustom(one));
  if (foreign >= 0 && !isClaude) {
    return refusal({
      code: "unsupported_by_model",
      message: `\`tools[${foreign}]\`: model "${model.id}" does not know the tools that Anthropic defines; describe it as a custom tool.`,
      param: `tools[${foreign}].type`,
    });
  }
  const isForced = choice?.type === "any" || choice?.type === "tool";
  if (isForced && !declared.some(({ name }) => choice.type === "any" || name === choice.name)) {
    return refusal({
      code: "invalid_request",
      message: "`tool_choice` forces a tool that is not among `tools`.",
      param: "tool_choice",
    });
  }
  if (choice && "disable_parallel_tool_use" in choice && choice.disable_parallel_tool_use && !isClaude) {
    translation.warn(`tool_choice.disable_parallel_tool_use is left out: ${model.id} cannot be told`);
  }
  return undefined;
}

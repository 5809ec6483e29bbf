/** What the simulated model wants to say to a request, before any limit: tool calls or one marked text. */
import { answeringSentence } from "./answering-sentence.ts";
import { type Citation, findPassage } from "./cite-search-result.ts";
import type { ConverseRequest, Message } from "./converse-request.ts";
import { schemaExample } from "./schema-example.ts";
import { tokenize } from "./tokenize.ts";

export type AnswerBlock =
  | { readonly kind: "text"; readonly text: string; readonly citation?: Citation | undefined }
  | { readonly kind: "reasoning"; readonly text: string }
  | { readonly kind: "tool"; readonly name: string; readonly input: unknown };

/** Every simulated text starts with this. */
const simulatedMark = "[simulated by aws-local]";

const reasoningText = `${simulatedMark} I think about what was asked before I answer.`;
const filler = " This sentence only fills the answer.";
const quotedLength = 80;
const quotedResultLength = 400;

/**
 * Decides by the last user message. Its directives go first: `[[tokens=500]]` sets the text's length in tokens,
 * `[[think]]` puts reasoning before the answer, each `[[tool=name {"json":1}]]` calls that tool (input by its schema when none is given). Then toolChoice, then
 * a request in words to use or call a tool by its name. A text that is to follow a JSON schema is its least value, unmarked.
 */
export function simulateAnswer(request: ConverseRequest): AnswerBlock[] {
  const last = request.messages.findLast(({ role }) => role === "user");
  const text = textOf(last);
  const answer = decide(request, last, text);
  return text.includes("[[think]]") ? [{ kind: "reasoning", text: reasoningText }, ...answer] : answer;
}

function decide(request: ConverseRequest, last: Message | undefined, text: string): AnswerBlock[] {
  const calls = toolCalls(request, last, text);
  if (calls.length > 0) {
    return calls;
  }
  const schema = request.outputConfig?.textFormat?.structure.jsonSchema.schema;
  if (schema !== undefined) {
    return [{ kind: "text", text: JSON.stringify(schemaExample(parseObject(schema) ?? {})) }];
  }
  const found = findPassage(request, text);
  const wanted = /\[\[tokens=(\d+)\]\]/.exec(text)?.[1];
  return [
    {
      kind: "text",
      text: answerText(request, last, wanted === undefined ? undefined : Number(wanted)),
    },
    ...(found && wanted === undefined
      ? [
          {
            kind: "text" as const,
            text: ` "${found.title}" says: "${found.text.slice(0, quotedResultLength)}"`,
            citation: found.citation,
          },
        ]
      : []),
  ];
}

function toolCalls(request: ConverseRequest, last: Message | undefined, text: string): AnswerBlock[] {
  const specs = request.toolConfig?.tools.flatMap((tool) => tool.toolSpec ?? []) ?? [];
  const call = (name: string, given?: string): AnswerBlock => ({
    kind: "tool",
    name,
    input:
      parseObject(given) ??
      schemaExample(specs.find((spec) => spec.name === name)?.inputSchema.json ?? { type: "object" }),
  });
  const directives = [...text.matchAll(/\[\[tool=([\w-]+)\s*(\{.*?\})?\s*\]\]/gs)]
    .filter(([, name]) => specs.some((spec) => spec.name === name))
    .map(([, name = "", given]) => call(name, given));
  const first = specs[0];
  if (directives.length > 0 || first === undefined) {
    return directives;
  }
  const choice = request.toolConfig?.toolChoice;
  if (choice?.tool) {
    return [call(choice.tool.name)];
  }
  const named = /\b(use|call|invoke|run)\b/i.test(text)
    ? specs.filter((spec) => new RegExp(`\\b${spec.name}\\b`).test(text)).map((spec) => call(spec.name))
    : [];
  if (named.length > 0 && !last?.content.some((block) => block.toolResult)) {
    return named;
  }
  return choice?.any ? [call(first.name)] : [];
}

function answerText(
  request: ConverseRequest,
  last: Message | undefined,
  wantedTokens: number | undefined,
): string {
  const content = last?.content ?? [];
  const messages = request.messages.length;
  const found = answeringSentence(request);
  // The last text alone: what stands before it in the message was put there for the question, memories for one.
  const said = content.findLast((block) => block.text)?.text ?? "";
  const results = content.flatMap((block) => block.toolResult?.content ?? []);
  const images = content.filter((block) => block.image).length;
  const parts = [
    simulatedMark,
    `I read ${messages} message${messages > 1 ? "s" : ""}.`,
    ...(images > 0 ? [`I was shown ${images} image${images > 1 ? "s" : ""}.`] : []),
    ...results.map(
      (part) =>
        `The tool answered: ${(part.text ?? JSON.stringify(part.json) ?? "").slice(0, quotedResultLength)}`,
    ),
    ...(said === "" ? [] : [`You said: "${[...said].slice(0, quotedLength).join("")}"`]),
    ...(found === undefined ? [] : [`The prompt says: "${found}"`]),
  ];
  const natural = parts.join(" ");
  return wantedTokens === undefined ? natural : stretch(natural, wantedTokens);
}

/** Cuts a text, or lengthens it with filler, to exactly this many tokens. */
function stretch(text: string, tokens: number): string {
  const own = tokenize(text);
  const more = tokenize(filler);
  const repeats = Math.max(0, Math.ceil((tokens - own.length) / more.length));
  return [...own, ...Array.from({ length: repeats }, () => more).flat()].slice(0, tokens).join("");
}

function textOf(message: Message | undefined): string {
  return message?.content.flatMap((block) => block.text ?? []).join("\n") ?? "";
}

function parseObject(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

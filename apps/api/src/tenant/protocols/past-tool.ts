/** A tool that the history called and the request no longer has. */
import type { ConverseTool } from "./converse-json.ts";

/** A bare definition of it: Converse takes tool blocks only next to a toolConfig. */
export function pastTool(name: string) {
  return {
    toolSpec: {
      name,
      description: "Was called earlier in this conversation and is no longer available.",
      inputSchema: { json: { type: "object" } },
    },
  } satisfies ConverseTool;
}

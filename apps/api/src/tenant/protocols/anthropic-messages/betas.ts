/** Reads the anthropic-beta header: what Bedrock is told, what is served without it, and what nobody here knows. */

/** Features that are served as a matter of course, or that only name the client. */
const builtIn: ReadonlySet<string> = new Set([
  "claude-code-20250219",
  // Its member in the body has a warning of its own.
  "context-management-2025-06-27",
  "effort-2025-11-24",
  "extended-cache-ttl-2025-04-11",
  "messages-2023-12-15",
  "pdfs-2024-09-25",
  "prompt-caching-2024-07-31",
  "search-results-2025-06-09",
  "structured-outputs-2025-11-13",
  "token-counting-2024-11-01",
  "tools-2024-04-04",
]);

/** Features that Bedrock takes in Claude's own field `anthropic_beta`. (Bedrock user guide, Claude request parameters.) */
const told: ReadonlySet<string> = new Set([
  "computer-use-2024-10-22",
  "computer-use-2025-01-24",
  "computer-use-2025-11-24",
  "dev-full-thinking-2025-05-14",
  "fine-grained-tool-streaming-2025-05-14",
  "interleaved-thinking-2025-05-14",
  "output-128k-2025-02-19",
  "token-efficient-tools-2025-02-19",
]);

export interface Betas {
  readonly told: readonly string[];
  readonly warnings: readonly string[];
}

/** Values that are not known have no effect, which a warning says; their text is the caller's, so only well-formed ones are named. */
export function readBetas(header: string | undefined): Betas {
  const values = (header ?? "").split(",").map((value) => value.trim());
  const known = values.filter((value) => told.has(value));
  const unknown = values.filter((value) => value !== "" && !told.has(value) && !builtIn.has(value));
  return {
    told: [...new Set(known)],
    warnings: unknown
      .slice(0, 8)
      .map((value) =>
        /^[a-z0-9-]{1,60}$/.test(value)
          ? `anthropic-beta ${value} has no effect here`
          : "an anthropic-beta value has no effect here",
      ),
  };
}

/** Files stay small, and folders are named for what is in them. */
import type { Violation, Workspace } from "../workspace.ts";

const mostLines = 400;
const namesOfNothing = new Set(["utils", "util", "common", "shared", "helpers", "misc", "lib"]);

export function misshapenFiles({ packages }: Workspace): Violation[] {
  return packages
    .flatMap(({ files }) => files)
    .flatMap(({ path, lines }) => {
      const parts = path.split("/").map((part) => part.replace(/\.(test\.)?(ts|tsx|mjs)$/, ""));
      const vague = parts.find((part) => namesOfNothing.has(part));
      return [
        ...(lines > mostLines
          ? [{ file: path, message: `has ${lines} lines, at most ${mostLines}; split it` }]
          : []),
        ...(vague ? [{ file: path, message: `"${vague}" says nothing of what is in it` }] : []),
      ];
    });
}

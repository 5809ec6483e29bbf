/** The programs that a README has: what a reader copies, a section at a time. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export interface ReadmeProgram {
  /** The section's heading, or the README's own. */
  readonly title: string;
  /** All TypeScript of the section, in order: a later block may use what an earlier one has made. */
  readonly text: string;
}

/** The programs of a file, named from the workspace's root. */
export async function readmePrograms(path: string): Promise<readonly ReadmeProgram[]> {
  const readme = await readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
  return readme.split(/^(?=##? )/m).flatMap((section) => {
    const title = /^##? (.*)/.exec(section)?.[1] ?? "";
    const blocks = [...section.matchAll(/^```ts\n(.*?)^```/gms)].map(([, block = ""]) => block);
    return blocks.length === 0 ? [] : [{ title, text: blocks.join("\n") }];
  });
}

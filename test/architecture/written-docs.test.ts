/** What the pages say is there is there: every link leads somewhere, and every setting that is named exists. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { listFiles } from "./workspace.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = listFiles(".", /\.md$/);

/** As GitHub names a heading's place. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
}

test.each(pages)("every link of %s leads to what is there", (page) => {
  const lost = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^https?:/.test(link))
    .filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      return !existsSync(join(root, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
    });
  expect(lost).toEqual([]);
});

test("every setting that a page names exists", () => {
  const settings = read("packages/platform/SETTINGS.md");
  /** The reader's own: a key, and the address of a deployment. */
  const readers = ["CAPROCK_KEY", "CAPROCK_URL"];
  const unknown = pages
    .flatMap((page) => read(page).match(/\bCAPROCK_[A-Z0-9_]+/g) ?? [])
    .filter((name) => !settings.includes(`\`${name}\``) && !readers.includes(name));
  expect(unknown).toEqual([]);
});

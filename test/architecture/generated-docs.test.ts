import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { expect, test } from "vitest";
import { generatedPages } from "../docs/generated-pages.ts";

const root = new URL("../../", import.meta.url).pathname;

test.each(generatedPages().map(({ path, text }) => [relative(root, path), path, text]))(
  "%s says what the code says",
  (name, path, text) => {
    const written = existsSync(path) ? readFileSync(path, "utf8") : "";
    expect(written === text, `${name} is stale: run \`pnpm run docs\`.`).toBe(true);
  },
);

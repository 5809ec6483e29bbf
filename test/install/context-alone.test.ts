import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Installation, install, pack } from "./install-packages.ts";
import { readmePrograms } from "./readme-programs.ts";

const programs = await readmePrograms("packages/context/README.md");
const emitted = ["--module", "NodeNext", "--target", "es2022"];
let folder: string;
let tarballs: readonly string[];
let alone: Installation;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "caprock-pack-"));
  tarballs = await pack(["domain", "context"], folder);
  alone = await install(tarballs, { test: ["typescript"] });
});
afterAll(async () => {
  await alone?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test("npm installs it, from its tarball and that of domain, with nothing else", async () => {
  const installed = await readdir(join(alone.folder, "node_modules"));
  expect(installed.filter((name) => !name.startsWith(".") && name !== "typescript")).toEqual(["@caprock"]);
  expect(await readdir(join(alone.folder, "node_modules/@caprock"))).toEqual(["context", "domain"]);
  const files = await readdir(join(alone.folder, "node_modules/@caprock/context"));
  expect(files.sort()).toEqual(["LICENSE", "NOTICE", "README.md", "dist", "package.json"]);
});

test.each(programs)(
  "the README's program, $title, is right by its types, and runs",
  async ({ title, text }) => {
    const name = title.replaceAll(/\W+/g, "");
    await writeFile(join(alone.folder, `${name}.ts`), text);
    await alone.typeCheck(...emitted, `${name}.ts`);
    await alone.node(`${name}.js`);
  },
);

test("it has a program for each thing that it is for", () => {
  expect(programs.map(({ title }) => title)).toEqual([
    "@caprock/context",
    "Fitting",
    "Counting tokens",
    "Relevance search",
  ]);
});

test("CommonJS requires it, and gets the same functions", async () => {
  const source =
    'const { fit, select } = require("@caprock/context"); console.log(typeof fit, typeof select)';
  await writeFile(join(alone.folder, "required.cjs"), source);
  expect(await alone.node("required.cjs")).toBe("function function\n");
  await writeFile(join(alone.folder, "required.cts"), 'import { fit } from "@caprock/context";\nfit;\n');
  await alone.typeCheck("--module", "NodeNext", "--noEmit", "required.cts");
});

test("a bundler's resolution finds its types, of every entry", async () => {
  const source =
    'import { select } from "@caprock/context";\nimport { allModels } from "@caprock/context/catalog";\n';
  await writeFile(join(alone.folder, "bundled.ts"), `${source}select([], allModels[0]?.id ?? "", 0);\n`);
  await alone.typeCheck("--module", "ESNext", "--moduleResolution", "Bundler", "--noEmit", "bundled.ts");
});

test("the AWS SDK's types go in, and what comes out is what its command takes", async () => {
  const source = `
    import { ConverseCommand, type Message, type SystemContentBlock, type ToolConfiguration } from "@aws-sdk/client-bedrock-runtime";
    import { fit } from "@caprock/context";
    export function command(system: SystemContentBlock[], toolConfig: ToolConfiguration, history: Message[]) {
      const options = { model: { contextWindowTokens: 9_000, tokenizerFactor: 1 }, reserveOutputTokens: 9, cachePoints: {} };
      const fitted = fit({ system, toolConfig, history }, options);
      const bare = fit({ preferences: [{ id: "a", text: "b" }], history }, options);
      const written = fit({ history: [{ role: "user", content: [{ text: "Hello" }] }] }, options);
      if ("refused" in fitted || "refused" in bare || "refused" in written) throw new Error();
      return [fitted, bare, written].map(({ system, toolConfig, messages }) =>
        new ConverseCommand({ modelId: "a", system, toolConfig, messages }));
    }`;
  await using withSdk = await install(tarballs, {
    test: ["typescript", "@types/node", "@aws-sdk/client-bedrock-runtime"],
  });
  await writeFile(join(withSdk.folder, "command.ts"), source);
  await withSdk.typeCheck(...emitted, "--lib", "es2023", "--types", "node", "--noEmit", "command.ts");
});

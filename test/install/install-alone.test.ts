import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAwsLocal } from "@caprock/aws-local";
import { localCredentials } from "@caprock/platform";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Installation, install, pack, type Tarballs } from "./install-packages.ts";
import { readmePrograms } from "./readme-programs.ts";

const emitted = ["--module", "NodeNext", "--target", "es2023"];
let packed: Tarballs;

beforeAll(async () => {
  packed = await pack(await mkdtemp(join(tmpdir(), "caprock-pack-")));
});
afterAll(() => rm(packed.folder, { recursive: true, force: true }));

describe("@caprock/context", async () => {
  const programs = await readmePrograms("packages/context/README.md");
  let alone: Installation;
  beforeAll(async () => {
    alone = await install([packed.domain, packed.context], { test: ["typescript"] });
  });
  afterAll(() => alone[Symbol.asyncDispose]());

  test("npm installs it, from its tarball and that of domain, with nothing else", async () => {
    const installed = await readdir(join(alone.folder, "node_modules"));
    expect(installed.filter((name) => !name.startsWith("."))).toEqual(["@caprock", "typescript"]);
    expect(await readdir(join(alone.folder, "node_modules/@caprock"))).toEqual(["context", "domain"]);
    const files = await readdir(join(alone.folder, "node_modules/@caprock/context"));
    expect(files.sort()).toEqual(["LICENSE", "NOTICE", "README.md", "dist", "package.json"]);
  });

  test("its README has a program for each thing that it is for", () => {
    const titles = ["@caprock/context", "Fitting", "Counting tokens", "Relevance search"];
    expect(programs.map(({ title }) => title)).toEqual(titles);
  });

  test.each(programs)("that program, of $title, is right by its types, and runs", async ({ title, text }) => {
    const name = title.replaceAll(/\W+/g, "");
    await writeFile(join(alone.folder, `${name}.ts`), text);
    await alone.typeCheck(...emitted, `${name}.ts`);
    await alone.node([`${name}.js`]);
  });

  test("CommonJS requires it, and gets the same functions", async () => {
    const source =
      'const { fit, select } = require("@caprock/context"); console.log(typeof fit, typeof select)';
    await writeFile(join(alone.folder, "required.cjs"), source);
    expect(await alone.node(["required.cjs"])).toBe("function function\n");
    await writeFile(join(alone.folder, "required.cts"), 'import { fit } from "@caprock/context";\nfit;\n');
    await alone.typeCheck("--module", "NodeNext", "--noEmit", "required.cts");
  });

  test("a bundler's resolution finds its types, of every entry", async () => {
    const imports =
      'import { select } from "@caprock/context";\nimport { findModel } from "@caprock/context/catalog";\n';
    await writeFile(join(alone.folder, "bundled.ts"), `${imports}select([], findModel("")?.id ?? "", 0);\n`);
    await alone.typeCheck("--module", "ESNext", "--moduleResolution", "Bundler", "--noEmit", "bundled.ts");
  });
});

describe("both, beside the AWS SDK", async () => {
  const programs = await readmePrograms("packages/memory/README.md");
  const clients = [
    "@aws-sdk/client-bedrock-agent-runtime",
    "@aws-sdk/client-bedrock-agentcore",
    "@aws-sdk/client-bedrock-agentcore-control",
    "@aws-sdk/client-dynamodb",
    "@aws-sdk/client-s3",
    "@aws-sdk/client-sqs",
    "@aws-sdk/lib-dynamodb",
  ];
  let withSdk: Installation;
  beforeAll(async () => {
    withSdk = await install([packed.domain, packed.context, packed.memory], {
      test: ["typescript", "@types/node", "@aws-sdk/client-bedrock-runtime"],
      "packages/memory": ["zod", ...clients],
    });
  });
  afterAll(() => withSdk[Symbol.asyncDispose]());

  test("memory's README has a program for each thing that it is for, the first of which needs no AWS", async () => {
    const titles = ["@caprock/memory", "Sessions", "Long-term memory", "Forgetting"];
    expect(programs.map(({ title }) => title)).toEqual(titles);
    await using alone = await install([packed.domain, packed.memory], { "packages/memory": ["zod"] });
    const installed = await readdir(join(alone.folder, "node_modules"));
    expect(installed.filter((name) => !name.startsWith("."))).toEqual(["@caprock", "zod"]);
    await writeFile(join(alone.folder, "first.mjs"), programs[0]?.text ?? "");
    expect(await alone.node(["first.mjs"])).toContain("lastSequence: 1");
  });

  test("all entries and programs are right by their types, and what fit gives is what ConverseCommand takes", async () => {
    const entries = await entriesOf("memory", withSdk);
    const importing = entries.map(
      (entry, i) => `import * as entry${i} from "${entry}";\nconsole.log(Object.keys(entry${i}).length);\n`,
    );
    await writeFile(join(withSdk.folder, "entries.ts"), importing.join(""));
    await writeFile(join(withSdk.folder, "readme.ts"), programs.map(({ text }) => text).join("\n"));
    await writeFile(
      join(withSdk.folder, "command.ts"),
      `import { ConverseCommand, type Message, type SystemContentBlock, type ToolConfiguration } from "@aws-sdk/client-bedrock-runtime";
       import { fit } from "@caprock/context";
       export function command(system: SystemContentBlock[], toolConfig: ToolConfiguration, history: Message[]) {
         const model = { contextWindowTokens: 9_000, tokenizerFactor: 1 };
         const options = { model, reserveOutputTokens: 9, cachePoints: {} };
         const fitted = fit({ system, toolConfig, history }, options);
         const bare = fit({ preferences: [{ id: "a", text: "b" }], history }, options);
         const written = fit({ history: [{ role: "user", content: [{ text: "Hello" }] }] }, options);
         if ("refused" in fitted || "refused" in bare || "refused" in written) throw new Error();
         return [fitted, bare, written].map(({ system, toolConfig, messages }) =>
           new ConverseCommand({ modelId: "a", system, toolConfig, messages }));
       }`,
    );
    await withSdk.typeCheck(...emitted, "--types", "node", "entries.ts", "readme.ts", "command.ts");
    const counts = (await withSdk.node(["entries.js"])).trim().split("\n");
    expect(counts).toHaveLength(entries.length);
    expect(counts).not.toContain("0");
  });

  test("memory's programs, one after the other, run on AWS's wire", async () => {
    const awsLocal = await startAwsLocal();
    try {
      const printed = await withSdk.node(["readme.js"], {
        AWS_ENDPOINT_URL: awsLocal.url,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
      });
      expect(printed).toContain("said: user: My locker's code is 7731.");
      expect(printed).toMatch(/^true \{/m);
    } finally {
      await awsLocal.close();
    }
  });
});

async function entriesOf(name: string, { node }: Installation): Promise<readonly string[]> {
  const manifest = await node([
    "-p",
    `fs.readFileSync("node_modules/@caprock/${name}/package.json", "utf8")`,
  ]);
  const { exports: entries } = JSON.parse(manifest) as { exports: Record<string, string> };
  return Object.keys(entries).map((entry) => `@caprock/${name}${entry.slice(1)}`);
}

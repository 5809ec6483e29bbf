/** Synthesizes a stage, `production` unless another is named, into `cdktf.out`: `tsx src/main.ts [stage]`. */
import { existsSync } from "node:fs";
import { argv, exit, stderr, stdout } from "node:process";
import { fileURLToPath } from "node:url";
import { stages } from "./stages/stages.ts";
import { synthesize } from "./synthesize.ts";

const stageName = argv[2] ?? "production";
const stage = stages[stageName];
if (!stage) {
  fail(`There is no stage "${stageName}". Stages: ${Object.keys(stages).join(", ")}.`);
}
const codeFolders = {
  api: folder("../../apps/api/dist/lambda"),
  socket: folder("../../apps/api/dist/websocket"),
  edgeAuth: folder("../../apps/edge-auth/dist/lambda"),
  worker: folder("../../apps/worker/dist/lambda"),
  ingestion: folder("../../apps/worker/dist/ingest"),
};
for (const codeFolder of Object.values(codeFolders)) {
  if (!existsSync(`${codeFolder}/index.mjs`)) {
    fail(`There is no code in ${codeFolder}. Build and synthesize: npx -y pnpm@12 exec turbo run synth`);
  }
}
stdout.write(`${synthesize(stage, codeFolders, folder("../cdktf.out"))}\n`);

function folder(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function fail(line: string): never {
  stderr.write(`${line}\n`);
  exit(1);
}

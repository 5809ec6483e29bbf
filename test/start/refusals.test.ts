/** What keeps `caprock start` from starting is said in one line that tells what to do. */
import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createTables, startAwsLocal } from "@caprock/aws-local";
import { sessionsTable } from "@caprock/memory/tables";
import { createDocumentClient, localCredentials } from "@caprock/platform";
import { afterAll, expect, test } from "vitest";
import { stillRunning } from "../platform/process-tree.ts";
import { endAll, freePorts, newDataFolder, runStart } from "../platform/start-command.ts";

const timeoutMs = 120_000;
const checkNode = pathToFileURL(
  fileURLToPath(new URL("../../apps/cli/bin/check-node.mjs", import.meta.url)),
).href;

afterAll(endAll, 60_000);

test("a folder that cannot be written, a folder with other files and a bad setting are each one line and exit code 1", {
  timeout: timeoutMs,
}, async () => {
  const folder = await newDataFolder();
  await mkdir(folder);
  await chmod(folder, 0o755);
  await writeFile(join(folder, "thesis.txt"), "years of work");
  const belowFile = join(folder, "thesis.txt", "data");
  const ports = await freePorts();
  const runs = [
    runStart({ dataFolder: belowFile, ports }),
    runStart({ dataFolder: folder, ports, options: ["--fresh"] }),
    runStart({ dataFolder: await newDataFolder(), ports, environment: { MODEL_URL: "model.example" } }),
  ];
  expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([1, 1, 1]);
  expect(runs.map((run) => run.output().trim())).toEqual([
    `Cannot write to ${belowFile} (ENOTDIR). Make it writable, or choose another folder with --data-folder <folder>.`,
    `${folder} holds other files (thesis.txt). Choose an empty folder with --data-folder <folder>.`,
    expect.stringMatching(/^Bad settings\. MODEL_URL: .+$/),
  ]);
});

test("a part that cannot start ends the command with the cause in one line and nothing left running", {
  timeout: timeoutMs,
}, async () => {
  const dataFolder = await newDataFolder();
  await mkdir(dataFolder);
  await mkdir(join(dataFolder, "data"));
  await writeFile(join(dataFolder, "data", "s3"), "not a folder");
  const run = runStart({ dataFolder, ports: await freePorts() });
  await run.printed("Starting");
  const processes = await run.processes();
  expect(await run.ended).toBe(1);
  expect(run.output()).toMatch(
    /^Starting …\n\nThe aws-local ended \(exit code \d+\): \w*Error: .+ Look into \S+aws-local\.log, then start again\.\n$/,
  );
  expect(await stillRunning(processes)).toEqual([]);
});

test("a folder that an older Caprock made, whose tables lack an index, is told with what to do", {
  timeout: timeoutMs,
}, async () => {
  const dataFolder = await newDataFolder();
  await mkdir(dataFolder);
  const older = await startAwsLocal({ dataFolder: join(dataFolder, "data") });
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: older.url,
    credentials: localCredentials,
  });
  await createTables(client, "caprock-local", [{ ...sessionsTable, indexes: [] }]);
  client.destroy();
  await older.close();
  const run = runStart({ dataFolder, ports: await freePorts() });
  expect(await run.ended).toBe(1);
  expect(run.output()).toMatch(
    /^Starting …\n\n\S+ was made by an older Caprock \(Table caprock-local-sessions has no index byActivity\.\) Begin anew with --fresh, or .+\n$/,
  );
});

test("a Node that is too old is told so, and by which version", { timeout: timeoutMs }, async () => {
  const asNode = (version: string) =>
    promisify(execFile)(process.execPath, [
      "--input-type=module",
      "--eval",
      `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });
       await import(${JSON.stringify(checkNode)});
       process.stdout.write("goes on");`,
    ]);
  for (const old of ["18.20.8", "20.18.3"]) {
    await expect(asNode(old)).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: `Caprock needs Node 20.19 or newer, and this is ${old}. Install a newer Node, then try again.\n`,
    });
  }
  for (const current of ["20.19.0", "22.1.0"]) {
    expect(await asNode(current)).toMatchObject({ stdout: "goes on", stderr: "" });
  }
});

/** The `caprock` command. */

import { cardinalities } from "@caprock/metering";
import { Command, InvalidArgumentError, Option } from "commander";
import { exportMemory, redriveMemory } from "./memory/memory.ts";
import { start } from "./start/start.ts";
import { StartError } from "./start/start-error.ts";
import { defaultProbeModel } from "./verify/call-probe.ts";
import { verify } from "./verify/verify.ts";

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) {
    throw new InvalidArgumentError("A port is a whole number from 1 to 65535.");
  }
  return value;
}

function days(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 60) {
    throw new InvalidArgumentError("A whole number of days from 1 to 60.");
  }
  return value;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError("A whole number from 1 on.");
  }
  return value;
}

function month(text: string): string {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) {
    throw new InvalidArgumentError('A month such as "2026-11".');
  }
  return text;
}

const program = new Command("caprock").description(
  "The layer over Amazon Bedrock that caps what tenants spend.",
);

program
  .command("start")
  .description("run the whole platform on this machine, against a local AWS")
  .addOption(
    new Option(
      "--demo [days]",
      "fill a month of made-up traffic, or so many days of it, through the real ledger",
    )
      .preset("30")
      .argParser(days),
  )
  .option("--fresh", "forget all local data first")
  .option("--api-port <port>", "port of the API", port, 4100)
  .option("--dashboard-port <port>", "port of the dashboard", port, 4101)
  .option("--aws-local-port <port>", "port of the local AWS", port, 4102)
  .option("--worker-port <port>", "port of the worker's health check", port, 4103)
  .option("--data-folder <folder>", "where local data lives (default: .caprock in the project)")
  .action(async (options) => {
    try {
      await start(options);
    } catch (error) {
      if (!(error instanceof StartError)) {
        throw error;
      }
      process.stderr.write(`\n${error.message}\n`);
      process.exitCode = 1;
    }
  });

program
  .command("verify")
  .description(
    "check the books of the local platform, or of a deployment on AWS; only reads, unless it probes",
  )
  .option("--region <region>", "region of a deployment on AWS; the local platform without it")
  .option("--table-prefix <prefix>", "prefix of its tables")
  .option("--log-bucket <bucket>", "bucket of its Bedrock invocation logs")
  .option("--log-prefix <prefix>", "key prefix of its Bedrock invocation logs")
  .addOption(
    new Option(
      "--metrics <cardinality>",
      "compare its CloudWatch metrics, of which this CAPROCK_METRICS_CARDINALITY decides",
    ).choices(cardinalities),
  )
  .option("--month <month>", "look at one month only, such as 2026-11", month)
  .option("--tenant <id...>", "look at these tenants only")
  .option("--probe", "make a real call, which is charged, and watch how it is held for and settled")
  .option("--api-url <url>", "where the probe calls; the local platform without it")
  .option("--key-file <file>", "file with the API key of the probe; a local demo tenant's without it")
  .option("--probe-model <id>", "what the probe calls", defaultProbeModel)
  .option("--json", "print the report as data")
  .option(
    "--data-folder <folder>",
    "where the local platform keeps its data (default: .caprock in the project)",
  )
  // What the command cannot understand it cannot run.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (options) => {
    process.exitCode = await verify(
      options,
      (text) => process.stdout.write(text),
      (text) => process.stderr.write(`${text}\n`),
    );
  });

const memory = program.command("memory").description("look after long-term memory");

const say = (text: string) => void process.stdout.write(text);
const complain = (text: string) => void process.stderr.write(`${text}\n`);

function onDeployment(command: Command): Command {
  return command
    .option("--region <region>", "region of a deployment on AWS; the local platform without it")
    .option("--memory-id <id>", "its AgentCore memory")
    .option("--queue-url <url>", "its ingestion queue")
    .option("--dead-letter-url <url>", "the queue of its failed jobs")
    .option(
      "--data-folder <folder>",
      "where the local platform keeps its data (default: .caprock in the project)",
    );
}

onDeployment(memory.command("export"))
  .description("print what is remembered of an actor, a JSON object a line")
  .requiredOption("--tenant <id>", "the tenant")
  .requiredOption("--actor <id>", "the actor, as the tenant names it")
  .action(async (options) => {
    process.exitCode = await exportMemory(options, say, complain);
  });

onDeployment(memory.command("redrive"))
  .description("put ingestion jobs that failed for good back into their queue")
  .option("--most <count>", "at most so many", count, 1_000)
  .action(async (options) => {
    process.exitCode = await redriveMemory(options, say, complain);
  });

await program.parseAsync();

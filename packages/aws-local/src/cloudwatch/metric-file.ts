/** Keeps datapoints in a file, a JSON object a line, so that a killed process has kept all that it answered. */
import { closeSync, createReadStream, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { metric } from "./metric-request.ts";
import { summarySchema } from "./statistics.ts";

const datapointSchema = z.object({
  metric,
  unit: z.string(),
  /** The start of the interval that the samples fell in. */
  startMs: z.number(),
  resolutionMs: z.number(),
  summary: summarySchema,
});

/** The samples of one metric in one interval, in one unit. */
export type Datapoint = z.infer<typeof datapointSchema>;

export class MetricFile {
  readonly #path: string;
  #file: number;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#file = openSync(path, "a", 0o600);
  }

  /** Every line; undefined for one that was cut short by a crash. */
  async *read(): AsyncGenerator<Datapoint | undefined> {
    for await (const line of createInterface({ input: createReadStream(this.#path) })) {
      yield parse(line);
    }
  }

  append(datapoints: readonly Datapoint[]): void {
    writeSync(this.#file, lines(datapoints));
  }

  /** Replaces the file's content, whole or not at all. */
  rewrite(datapoints: Iterable<Datapoint>): void {
    const draft = openSync(`${this.#path}.draft`, "w", 0o600);
    for (const datapoint of datapoints) {
      writeSync(draft, lines([datapoint]));
    }
    renameSync(`${this.#path}.draft`, this.#path);
    closeSync(this.#file);
    this.#file = draft;
  }

  close(): void {
    closeSync(this.#file);
  }
}

function lines(datapoints: readonly Datapoint[]): string {
  return datapoints.map((datapoint) => `${JSON.stringify(datapoint)}\n`).join("");
}

function parse(line: string): Datapoint | undefined {
  try {
    return datapointSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** `caprock verify`: checks the books of a deployment, and prints a report. */
import { readFile } from "node:fs/promises";
import { type BooksReport, verifyBooks } from "@caprock/metering";
import { z } from "zod";
import { callProbe, type ProbeOptions } from "./call-probe.ts";
import { composeVerification, type Verification } from "./composition.ts";
import { type Deployment, type DeploymentOptions, findDeployment } from "./find-deployment.ts";
import { printReport, type ReportSubject, verdictOf } from "./print-report.ts";
import { VerifyError } from "./verify-error.ts";

export interface VerifyOptions extends DeploymentOptions, ProbeOptions {
  /** "2026-11". */
  readonly month?: string;
  readonly tenant?: readonly string[];
  readonly json?: boolean;
}

/** What the command ends with: 0 when every check passed or was skipped, 1 when one failed, 2 when it could not be run. */
export type ExitCode = 0 | 1 | 2;

const exitCodes = { PASS: 0, FAIL: 1, UNFINISHED: 2 } as const;

/** Reads only, but for the call of a probe. Whatever keeps it from running is told by `tell`. */
export async function verify(
  options: VerifyOptions,
  print: (text: string) => void,
  tell: (text: string) => void,
): Promise<ExitCode> {
  try {
    const deployment = await findDeployment(options);
    const verification = composeVerification(deployment, (key) => tell(`No log file, passed over: ${key}`));
    try {
      const { report, subject } = await run(options, deployment, verification);
      print(options.json ? asJson(report, subject) : printReport(report, subject));
      return exitCodes[verdictOf(report)];
    } finally {
      verification.close();
    }
  } catch (error) {
    tell(error instanceof VerifyError ? error.message : `The deployment could not be read. ${error}`);
    return 2;
  }
}

async function run(
  options: VerifyOptions,
  deployment: Deployment,
  { tenants, parts }: Verification,
): Promise<{ readonly report: BooksReport; readonly subject: ReportSubject }> {
  const { month, tenant: wanted = [] } = options;
  const all = await tenants.list();
  const unknown = wanted.find((id) => !all.some((tenant) => tenant.id === id));
  if (unknown !== undefined) {
    throw new VerifyError(`There is no tenant "${unknown}".`);
  }
  const isWhole = wanted.length === 0;
  const chosen = all.filter(({ id }) => isWhole || wanted.includes(id));
  const asked = { isWhole, ...(month !== undefined && { month }) };
  const probe = await callProbe(options, deployment, all);
  const report = await verifyBooks({ tenants: chosen, ...asked }, { ...parts, ...(probe && { probe }) });
  return {
    report,
    subject: {
      deployment: describe(deployment),
      version: await ownVersion(),
      priceBookVersion: parts.priceBookVersion,
      tenantIds: chosen.map(({ id }) => id),
      ...asked,
    },
  };
}

function describe({ settings, local }: Deployment): string {
  const tables = `tables ${settings.CAPROCK_TABLE_PREFIX}-*, region ${settings.AWS_REGION}`;
  return local === undefined ? `AWS, ${tables}` : `local platform at ${local.awsLocalUrl}, ${tables}`;
}

const manifest = z.object({ version: z.string() });

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return manifest.parse(JSON.parse(text)).version;
}

function asJson(report: BooksReport, subject: ReportSubject): string {
  return `${JSON.stringify({ result: verdictOf(report), ...subject, ...report }, null, 2)}\n`;
}

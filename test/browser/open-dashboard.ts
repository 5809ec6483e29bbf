/** The dashboard of a platform that `caprock start` has started, in a real browser, and what tests do beside it. */
import { readFile } from "node:fs/promises";
import { type AdminClient, createAdminClient, type TenantView } from "@caprock/contract";
import type OpenAI from "openai";
import type { Browser, Page } from "playwright-core";
import { openAiClient } from "../platform/clients.ts";
import { freePorts, newDataFolder, type Started, startCommand } from "../platform/start-command.ts";
import { openBrowser } from "./chromium.ts";
import { writeCalls } from "./written-month.ts";

const model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

export class OpenDashboard {
  readonly local: Started["local"];
  readonly browser: Browser;
  readonly page: Page;
  /** The addresses of all that the page has asked for. */
  readonly requests: string[] = [];
  /** What the page has reported: errors and warnings. */
  readonly problems: string[] = [];
  private written: TenantView | undefined;

  private constructor({ local }: Started, browser: Browser, page: Page) {
    this.local = local;
    this.browser = browser;
    this.page = page;
    page.setDefaultTimeout(20_000);
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("pageerror", (error) => this.problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.problems.push(`${message.text()} (${message.location().url})`);
      }
    });
  }

  /** Starts a platform whose simulated model answers at once; `endAll` ends it. */
  static async start(chromium: string): Promise<OpenDashboard> {
    const [platform, browser] = await Promise.all([
      startCommand({ dataFolder: await newDataFolder(), ports: await freePorts() }),
      openBrowser(chromium),
    ]);
    await fetch(`${platform.local.awsLocalUrl}/_aws-local/speed`, {
      method: "POST",
      body: JSON.stringify({ timeToFirstTokenMs: 0, tokensPerSecond: 0 }),
    });
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    return new OpenDashboard(platform, browser, page);
  }

  admin(): AdminClient {
    return createAdminClient({ baseUrl: this.local.apiUrl, token: this.local.adminToken });
  }

  async newTenant(body: { name: string; monthlyCapUsd: string; timeZone?: string }) {
    const tenant = await this.admin().createTenant({ body });
    const key = await this.admin().createApiKey({
      params: { tenantId: tenant.id },
      body: { name: "bot", application: "support" },
    });
    return { tenant, key };
  }

  /** The tenant that calls were written for at both ends of a month; made when it is first asked for. */
  async writtenTenant(): Promise<TenantView> {
    if (this.written === undefined) {
      const made = await this.newTenant({
        ...{ name: "Pied Piper", monthlyCapUsd: "1000000", timeZone: "America/Los_Angeles" },
      });
      this.written = made.tenant;
      await writeCalls(this.local, this.written.id);
    }
    return this.written;
  }

  /** A call as a tenant makes it; what is refused is not tried again. */
  ask(apiKey: string, content: string): Promise<OpenAI.ChatCompletion> {
    const client = openAiClient(this.local.apiUrl, { apiKey }).withOptions({ maxRetries: 0 });
    return client.chat.completions.create({ model, messages: [{ role: "user", content }], max_tokens: 200 });
  }

  /** Clicks a download and reads its rows; no field has a comma. */
  async download(button: string): Promise<Record<string, string>[]> {
    const [file] = await Promise.all([
      this.page.waitForEvent("download"),
      this.page.getByRole("button", { name: button, exact: true }).click(),
    ]);
    const [header = "", ...lines] = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
    const names = header.split(",");
    return lines.map((line) =>
      Object.fromEntries(line.split(",").map((field, index) => [names[index] ?? "", field])),
    );
  }
}

import { ManualClock, newRequestId, noTokens, parseUsd, type Tenant } from "@caprock/domain";
import { charged, currentPriceBook, type LedgerEntry, priceUsage, rollUpUsage } from "@caprock/metering";
import { systemRandom } from "@caprock/platform";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 120_000;
const nowMs = Date.parse("2026-12-02T12:00:00Z");
let api: OpenApi;
/** Each with the months in which its clocks change, if they do. */
const zones = ["Asia/Kolkata", "America/Los_Angeles"];
const months = ["2026-03", "2026-11"];
const tenants: Tenant[] = [];
const entries: LedgerEntry[] = [];

beforeAll(async () => {
  api = await openApi(Date.parse("2026-02-20T00:00:00Z"));
  for (const zone of zones) {
    const { tenant } = await api.newTenant(zone);
    tenants.push(tenant);
    entries.push(...drawEntries(tenant));
  }
  for (const entry of entries.toSorted((a, b) => a.arrivedAtMs - b.arrivedAtMs)) {
    api.clock.set(entry.arrivedAtMs);
    await api.ledger.record(entry);
  }
  api.clock.set(nowMs);
}, timeoutMs);
afterAll(() => api?.close());

/** Close to the ends of both months, and to where clocks change; by prices of the book. */
function drawEntries(tenant: Tenant): LedgerEntry[] {
  const around = (text: string, hours: number) => {
    const middle = Date.parse(text);
    return fc.integer({ min: middle - hours * 3_600_000, max: middle + hours * 3_600_000 });
  };
  const count = fc.integer({ min: 0, max: 20_000 });
  const modelId = "amazon.nova-lite-v1:0";
  const price =
    currentPriceBook().find({ modelId, scope: "region", serviceTier: "default" }) ??
    expect.unreachable(modelId);
  const drawn = fc.sample(
    fc.record({
      arrivedAtMs: fc.oneof(
        // Both of the hours that are 01:00 in Los Angeles.
        fc.constantFrom(Date.parse("2026-11-01T08:30:00Z"), Date.parse("2026-11-01T09:30:00Z")),
        around("2026-03-01T00:00:00Z", 24),
        around("2026-03-08T10:00:00Z", 4),
        around("2026-04-01T00:00:00Z", 24),
        around("2026-11-01T09:00:00Z", 4),
        around("2026-12-01T00:00:00Z", 24),
      ),
      usage: fc.record({
        input: count,
        cacheRead: count,
        cacheWrite5m: fc.constant(0),
        cacheWrite1h: fc.constant(0),
        output: count,
      }),
      application: fc.constantFrom("=cmd", "search"),
      estimated: fc.boolean(),
    }),
    { numRuns: 50, seed: tenants.length },
  );
  return drawn.map(({ arrivedAtMs, usage, application, estimated }) => {
    const priced = priceUsage(price, usage);
    return {
      requestId: newRequestId(new ManualClock(arrivedAtMs), systemRandom),
      tenantId: tenant.id,
      apiKeyId: "k000000000000",
      application,
      modelId,
      invokedId: modelId,
      wire: "openai",
      status: "completed",
      arrivedAtMs,
      settledAtMs: arrivedAtMs + 1_000,
      firstTokenMs: 250,
      usage,
      lines: priced.lines,
      unitLines: [],
      listCostNanoUsd: priced.costNanoUsd,
      markupBasisPoints: 1_250,
      costNanoUsd: charged(priced.costNanoUsd, 1_250),
      priceBookVersion: price.priceBookVersion,
      serviceTier: "default",
      estimated,
      assumedClasses: [],
      simulated: false,
    };
  });
}

async function get(path: string): Promise<Response> {
  return api.send("GET", `/admin/v1/${path}`, { key: api.adminToken });
}

async function rowsOfCsv(path: string): Promise<Record<string, string>[]> {
  const response = await get(path);
  expect(response.headers.get("content-type")).toContain("text/csv");
  return parse(await response.text(), { columns: true });
}

/** By the platform's own calendar, apart from the library that reports use. */
function dayIn(timeZone: string, atMs: number): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone }).format(atMs);
}

const costOf = (some: readonly LedgerEntry[]) => some.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n);
const sumOf = (texts: readonly (string | undefined)[]) =>
  texts.reduce((sum, text) => sum + parseUsd(text ?? ""), 0n);

interface ReportBody {
  readonly rows: readonly {
    readonly group: Record<string, string>;
    readonly requests: number;
    readonly costUsd: string;
  }[];
  readonly totals: { readonly requests: number; readonly costUsd: string; readonly listCostUsd: string };
}

/** Every way of asking what a tenant's month cost, against its entries. */
async function expectAgreement(tenant: Tenant, month: string): Promise<void> {
  const own = entries.filter(
    ({ tenantId, arrivedAtMs }) =>
      tenantId === tenant.id && dayIn(tenant.timeZone, arrivedAtMs).startsWith(month),
  );
  const cost = costOf(own);
  expect(own.length).toBeGreaterThan(5);

  const summary = (await (await get(`usage?month=${month}`)).json()) as {
    tenants: { tenantId: string; costUsd: string; requests: number }[];
  };
  const card = summary.tenants.find(({ tenantId }) => tenantId === tenant.id);
  expect([parseUsd(card?.costUsd ?? ""), card?.requests]).toEqual([cost, own.length]);

  const query = `month=${month}&tenant=${tenant.id}&groupBy=`;
  for (const groupBy of ["day", "hour,application,model,tier,key"]) {
    const report = (await (await get(`reports/usage?${query}${groupBy}`)).json()) as ReportBody;
    expect(parseUsd(report.totals.costUsd)).toBe(cost);
    expect(sumOf(report.rows.map(({ costUsd }) => costUsd))).toBe(cost);
    const csv = await rowsOfCsv(`reports/usage.csv?${query}${groupBy}`);
    expect(
      csv.map((row) => [row.requests, row.costUsd, row.firstTokenRequests, row.firstTokenMeanMs]),
    ).toEqual(
      report.rows.map(({ requests, costUsd }) => [String(requests), costUsd, String(requests), "250"]),
    );
    if (groupBy === "day") {
      for (const { group, costUsd } of report.rows) {
        const ofDay = own.filter(({ arrivedAtMs }) => dayIn(tenant.timeZone, arrivedAtMs) === group.day);
        expect([group.day, parseUsd(costUsd)]).toEqual([group.day, costOf(ofDay)]);
      }
    }
  }

  const focus = await rowsOfCsv(`reports/focus.csv?month=${month}&tenant=${tenant.id}`);
  expect(sumOf(focus.map((row) => row.BilledCost))).toBe(cost);
  expect(sumOf(focus.map((row) => row.ListCost))).toBe(
    own.reduce((sum, entry) => sum + entry.listCostNanoUsd, 0n),
  );

  const ledger = (await (await get(`tenants/${tenant.id}/ledger?month=${month}&limit=1000`)).json()) as {
    entries: { costUsd: string }[];
  };
  expect(sumOf(ledger.entries.map(({ costUsd }) => costUsd))).toBe(cost);

  const page = await (await get(`tenants/${tenant.id}/statement?month=${month}`)).text();
  const total = /<th scope="row">Total<\/th><td>([^<]*)</.exec(page)?.[1];
  expect(parseUsd(total ?? "")).toBe(cost);
}

test("card, table, CSV, API, statement and ledger agree to the nano, over both changes of clocks, rolled up or not", {
  timeout: timeoutMs,
}, async () => {
  for (const tenant of tenants) {
    for (const month of months) {
      await expectAgreement(tenant, month);
    }
  }
  const rolled = await rollUpUsage({
    ledger: api.ledger,
    rollUps: api.rollUps,
    // From the end of October on, to save the test the empty months before.
    tenants: async () => tenants.map(({ id }) => ({ id, createdAtMs: Date.parse("2026-10-31T00:00:00Z") })),
    clock: api.clock,
    maxHours: 100_000,
    onFailure: (what, error) => expect.unreachable(`${what}: ${error}`),
  });
  expect(rolled.rolledUp).toBeGreaterThan(20);
  for (const tenant of tenants) {
    await expectAgreement(tenant, "2026-11");
  }
});

test("the hour that comes twice is two rows, the one that is left out none, and a day of 25 hours one", {
  timeout: timeoutMs,
}, async () => {
  const tenant = tenants[1] as Tenant;
  const read = async (range: string, groupBy: string) =>
    (
      (await (
        await get(`reports/usage?${range}&tenant=${tenant.id}&groupBy=${groupBy}`)
      ).json()) as ReportBody
    ).rows;
  const back = await read("from=2026-11-01&to=2026-11-02", "hour");
  const twice = back.filter(({ group }) => group.hour?.startsWith("2026-11-01T01:00"));
  expect(twice.map(({ group }) => group.hour)).toEqual(["2026-11-01T01:00-07:00", "2026-11-01T01:00-08:00"]);
  for (const { group, requests } of twice) {
    const startMs = Date.parse(group.hour ?? "");
    const within = entries.filter(
      ({ tenantId, arrivedAtMs }) =>
        tenantId === tenant.id && startMs <= arrivedAtMs && arrivedAtMs < startMs + 3_600_000,
    );
    expect(requests).toBe(within.length);
  }
  const day = await read("from=2026-11-01&to=2026-11-02", "day");
  expect(day).toHaveLength(1);
  const ofDay = entries.filter(
    ({ tenantId, arrivedAtMs }) =>
      tenantId === tenant.id &&
      Date.parse("2026-11-01T07:00:00Z") <= arrivedAtMs &&
      arrivedAtMs < Date.parse("2026-11-02T08:00:00Z"),
  );
  expect(day[0]?.requests).toBe(ofDay.length);
  const forward = await read("from=2026-03-08&to=2026-03-09", "hour");
  expect(forward.some(({ group }) => group.hour?.startsWith("2026-03-08T02"))).toBe(false);
  expect(forward.length).toBeGreaterThan(2);
});

test("a name is escaped in the statement and made harmless in CSV; the page loads nothing", {
  timeout: timeoutMs,
}, async () => {
  const tenant = tenants[0] as Tenant;
  await api.send("PATCH", `/admin/v1/tenants/${tenant.id}`, {
    key: api.adminToken,
    body: { name: "<script>alert(1)</script> & Co" },
  });
  const response = await get(`tenants/${tenant.id}/statement?month=2026-11`);
  const page = await response.text();
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co");
  expect(page).not.toMatch(/<script|src=|href=|@import|url\(/);
  expect(page).toContain("(Asia/Kolkata)");
  const csv = await rowsOfCsv("reports/usage.csv?month=2026-11&groupBy=application");
  expect(csv.map(({ application }) => application)).toEqual(["'=cmd", "search"]);
});

test("what is billed by the piece is in the report, its CSV, the chargeback and the statement alike", {
  timeout: timeoutMs,
}, async () => {
  const { tenant } = await api.newTenant();
  const [drawn] = entries;
  const requestId = newRequestId(api.clock, systemRandom);
  const costNanoUsd = 420_000_000n;
  await api.ledger.record({
    ...(drawn as LedgerEntry),
    requestId,
    tenantId: tenant.id,
    arrivedAtMs: nowMs,
    settledAtMs: nowMs,
    modelId: "stability.stable-image-ultra-v1:1",
    usage: noTokens,
    lines: [],
    unitLines: [{ unit: "image", count: 3, rateNanoUsd: 140_000_000n }],
    listCostNanoUsd: costNanoUsd,
    markupBasisPoints: 0,
    costNanoUsd,
  });
  const query = `month=2026-12&tenant=${tenant.id}`;
  const report = (await (await get(`reports/usage?${query}`)).json()) as ReportBody;
  expect(report.rows).toMatchObject([{ units: { image: 3 }, costUsd: "0.420000000" }]);
  expect(await rowsOfCsv(`reports/usage.csv?${query}`)).toMatchObject([
    { imageUnits: "3", queryUnits: "0", costUsd: "0.420000000" },
  ]);
  expect(await rowsOfCsv(`reports/focus.csv?${query}`)).toMatchObject([
    { ConsumedQuantity: "3", BilledCost: "0.420000000" },
  ]);
  const page = await (await get(`tenants/${tenant.id}/statement?month=2026-12`)).text();
  expect(page).toMatch(/<th scope="col">By the piece<\/th>[\s\S]*<td>3 image<\/td>/);
});

test("movers compare with the window before, and forecasts say when there is too little to go by", {
  timeout: timeoutMs,
}, async () => {
  const movers = await (await get("reports/movers?month=2026-11&by=application&limit=1")).json();
  expect(movers).toMatchObject({
    movers: [{ requestsBefore: expect.any(Number) }],
    total: { changeUsd: expect.any(String) },
  });
  api.clock.set(Date.parse("2027-06-01T00:00:00Z"));
  const body = (await (await get(`reports/forecast?tenant=${tenants[0]?.id}`)).json()) as {
    forecasts: object[];
  };
  api.clock.set(nowMs);
  expect(body.forecasts).toEqual([
    expect.objectContaining({
      tenantId: tenants[0]?.id,
      historyHours: 0,
      neededHours: 24,
      spentUsd: "0.000000000",
    }),
  ]);
  expect(body.forecasts[0]).not.toHaveProperty("outlook");
});

test.each([
  ["reports/usage?groupBy=colour", "groupBy"],
  ["reports/usage?from=2026-11-01", "from"],
  ["reports/usage?from=2026-11-02&to=2026-11-01", "from"],
  ["reports/usage?from=2026-11-01&to=2026-11-02T00:00:00Z", "from"],
  ["reports/usage?from=2020-01-01&to=2026-11-02", "from"],
  ["reports/usage?month=2026-13", "month"],
  ["reports/usage?timeZone=Mars", "timeZone"],
  ["reports/usage.csv?source=guess", "source"],
  ["reports/movers?by=day", "by"],
])("%s is refused with the member that is wrong", async (path, param) => {
  const response = await get(path);
  expect(response.status).toBe(400);
  const { error } = (await response.json()) as { error: { param: string } };
  expect(error.param.startsWith(param)).toBe(true);
});

test.each(["reports/usage", "reports/usage.csv", "reports/focus.csv", "reports/movers", "reports/forecast"])(
  "%s is for admins alone",
  async (path) => {
    expect((await api.send("GET", `/admin/v1/${path}`)).status).toBe(401);
  },
);

test("the statement of a tenant that is not there is not found", async () => {
  expect((await get("tenants/t000000000000/statement")).status).toBe(404);
});

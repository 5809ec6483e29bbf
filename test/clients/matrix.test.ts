/** Every client through every feature of a chat, on one platform; afterwards the books hold all of it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectBooksToBalance, until } from "../platform/accounting.ts";
import { type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";
import { aiSdkClients } from "./ai-sdk.ts";
import { anthropicClients } from "./anthropic.ts";
import { awsClients } from "./bedrock-runtime.ts";
import { type Client, type Expected, model, type Place, place, type Talk } from "./client.ts";
import { langChainClients } from "./langchain.ts";
import { openAiChat } from "./openai-chat.ts";
import { openAiResponses } from "./openai-responses.ts";

const clients: readonly Client[] = [
  openAiChat,
  openAiResponses,
  ...anthropicClients,
  ...aiSdkClients,
  ...langChainClients,
  ...awsClients,
];

let platform: Platform;
const places = new Map<Client, Place>();

beforeAll(async () => {
  platform = await startPlatform();
  // It settles what was left in mid-stream.
  await platform.startWorker();
  for (const client of clients) {
    places.set(client, { url: platform.url, tenant: await platform.createTenant() });
  }
});
afterAll(() => platform?.close());

function placeOf(client: Client): Place {
  const found = places.get(client);
  if (!found) {
    throw new Error(`${client.name} has no tenant.`);
  }
  return found;
}

const never = new AbortController().signal;
const callOslo = '[[tool=weather {"city":"Oslo"}]]';
const farCity = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch";

/** What each client is put through. A new feature is a line here, a new client one above. */
const features: Readonly<Record<string, (talk: Talk) => Promise<void>>> = {
  "answers, and streams the same in pieces": async (talk) => {
    const whole = await talk.say("Hello");
    expect(whole).toContain('You said: "Hello"');
    const pieces = await collect(talk.stream("Hello", never));
    expect(pieces.join("")).toBe(whole);
    expect(pieces.filter((piece) => piece !== "").length).toBeGreaterThan(1);
  },
  "sees an image": async (talk) => {
    expect(await talk.see("What is it?")).toContain("I was shown 1 image");
  },
  "reads an answer that follows a schema": async (talk) => {
    expect(place.parse(await talk.follow("Any city."))).toEqual(await talk.follow("Any city."));
  },
  "runs two calls of one answer, and hears of both results": async (talk) => {
    const { calls, answer } = await talk.work(`${callOslo} [[tool=weather {"city":"Rome"}]]`);
    expect(calls).toEqual([{ city: "Oslo" }, { city: "Rome" }]);
    expect(answer).toMatch(/answered: Rain in Oslo .*answered: Rain in Rome/);
  },
  "streams a call's arguments in fragments": async (talk) => {
    const pieces = await talk.fragments(`[[tool=weather {"city":"${farCity}"}]]`);
    expect(JSON.parse(pieces.join(""))).toEqual({ city: farCity });
    expect(pieces.filter((piece) => piece !== "").length).toBeGreaterThan(1);
  },
};

const errors: Readonly<Record<keyof Client["errors"], (client: Client, place: Place) => Promise<string>>> = {
  wrongKey: (client, { url, tenant }) => client.open({ url, tenant: strangerOf(tenant) }).say("Hello"),
  unknownModel: (client, where) => client.open(where).say("Hello", "nope"),
  spentBudget: (client, where) => client.open(where).say("Hello", model),
};

describe.each(clients.map((client) => [client.name, client] as const))("%s", (_, client) => {
  test.concurrent.each(Object.entries(features))("%s", async (_, feature) => {
    const talk = client.open(placeOf(client));
    await feature(talk);
    talk.close?.();
  });

  test.concurrent.each(Object.entries(client.own ?? {}))("%s", async (_, scene) => {
    await scene(placeOf(client));
  });

  test.concurrent("throws its own typed errors, and nothing runs", async () => {
    const tenant = await platform.createTenant({ capUsd: "0.000001" });
    for (const [name, ask] of Object.entries(errors)) {
      const error = await failure(ask(client, { url: platform.url, tenant }));
      expectError(error, client.errors[name as keyof Client["errors"]]);
    }
    expect(platform.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
  });
});

describe("in the middle of a slow stream", () => {
  beforeAll(() => void platform.awsLocal.setSpeed({ tokensPerSecond: 200 }));
  afterAll(() => void platform.awsLocal.setSpeed({ tokensPerSecond: 0 }));

  test.concurrent.each(clients.map((client) => [client.name, client] as const))(
    "%s leaves, and the model stops",
    async (_, client) => {
      const leaving = new AbortController();
      const talk = client.open(placeOf(client));
      await failure(leaveAtFirst(talk.stream("[[tokens=3000]]", leaving.signal), leaving));
      await until(() => {
        const { invocations } = platform.awsLocal.witness({ tenant: placeOf(client).tenant.id });
        return invocations.some(({ status, usage }) => status === "aborted" && usage.output < 3_000);
      });
      talk.close?.();
    },
  );
});

test("all that the clients were served is in the ledger once, under their own wire", async () => {
  // Together, since each waits for processes that tell their accounts in groups.
  await Promise.all(
    clients.map(async (client) => {
      const entries = await expectBooksToBalance(platform, placeOf(client).tenant.id);
      expect(entries.length).toBeGreaterThan(Object.keys(features).length);
      expect(entries.filter(({ wire }) => !client.wire.test(wire))).toEqual([]);
    }),
  );
});

async function collect(pieces: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const piece of pieces) {
    collected.push(piece);
  }
  return collected;
}

/** Some SDKs throw when they are left, others just end. */
async function leaveAtFirst(pieces: AsyncIterable<string>, leaving: AbortController): Promise<never> {
  for await (const piece of pieces) {
    if (piece !== "") {
      leaving.abort();
    }
  }
  throw new Error("It ended without one.");
}

/** With a secret, and a key, that nobody was given. */
function strangerOf(tenant: TestTenant): TestTenant {
  return {
    ...tenant,
    apiKey: `${tenant.apiKey.slice(0, -4)}0000`,
    accessKey: { ...tenant.accessKey, secretAccessKey: "0".repeat(40) },
  };
}

/** What a promise was rejected with. */
async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

function expectError(error: unknown, [type, members]: Expected): void {
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject(members);
}

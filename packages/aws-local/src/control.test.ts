import { afterAll, beforeAll, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "./server.ts";

let local: AwsLocal;
beforeAll(async () => {
  local = await startAwsLocal();
});
afterAll(() => local.close());

const control = (method: string, route: string, body?: unknown) =>
  fetch(`${local.url}/_aws-local/${route}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

test("health answers", async () => {
  expect(await (await control("GET", "health")).json()).toEqual({ status: "ok" });
});

test("faults are added, listed and cleared", async () => {
  const fault = { service: "bedrock", kind: "throttle", tenant: "t1", count: 2 };
  expect((await control("POST", "faults", fault)).status).toBe(200);
  expect(await (await control("GET", "faults")).json()).toMatchObject({ faults: [{ fault, left: 2 }] });
  expect(await (await control("DELETE", "faults")).json()).toEqual({ faults: [] });
});

test.each([
  ["an unknown kind", "faults", { service: "bedrock", kind: "lostAnswer" }],
  ["a misspelt member", "faults", { service: "bedrock", kind: "cut", afterEvent: 2 }],
  ["a negative speed", "speed", { tokensPerSecond: -1 }],
  ["a gate without a state", "gate", {}],
])("%s is refused with what is wrong", async (_, route, body) => {
  const answer = await control("POST", route, body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ message: expect.stringMatching(/./) });
});

test("speed is changed in part", async () => {
  await control("POST", "speed", { tokensPerSecond: 50 });
  const answer = await control("POST", "speed", { timeToFirstTokenMs: 5 });
  expect(await answer.json()).toEqual({ timeToFirstTokenMs: 5, tokensPerSecond: 50 });
});

import { expect, test } from "vitest";
import { type LambdaEvent, lambdaEvent, toRequest } from "./lambda-event.ts";

const { signal } = new AbortController();

/** An event as a REST API sends it; members that the API does not read are left as they come. */
function eventOf(wanted: Partial<LambdaEvent>): LambdaEvent {
  return lambdaEvent.parse({
    resource: "/{proxy+}",
    path: "/v1/models",
    httpMethod: "GET",
    headers: null,
    multiValueHeaders: null,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { proxy: "v1/models" },
    stageVariables: null,
    requestContext: { stage: "live" },
    body: null,
    isBase64Encoded: false,
    ...wanted,
  });
}

test("a body in base64 arrives byte for byte, one in plain text as UTF-8", async () => {
  const bytes = Buffer.from([0x00, 0xff, 0x7b, 0xc3]);
  const binary = eventOf({ httpMethod: "POST", body: bytes.toString("base64"), isBase64Encoded: true });
  const plain = eventOf({ httpMethod: "POST", body: '{"a":"ü🌧"}' });
  expect(Buffer.from(await toRequest(binary, signal).arrayBuffer())).toEqual(bytes);
  expect(await toRequest(plain, signal).json()).toEqual({ a: "ü🌧" });
});

test("repeated headers and query parameters keep every value, in order", () => {
  const { headers, url } = toRequest(
    eventOf({
      headers: { "x-one": "last" },
      multiValueHeaders: { "x-one": ["first", "last"] },
      queryStringParameters: { a: "2" },
      multiValueQueryStringParameters: { a: ["1", "2"], "b c": ["&=?"] },
    }),
    signal,
  );
  expect(headers.get("x-one")).toBe("first, last");
  expect([...new URL(url).searchParams]).toEqual([
    ["a", "1"],
    ["a", "2"],
    ["b c", "&=?"],
  ]);
});

test("values that came only once are read where the gateway repeats none", () => {
  const { headers, url } = toRequest(
    eventOf({ headers: { "X-Api-Key": "k" }, queryStringParameters: { month: "2026-11" } }),
    signal,
  );
  expect(headers.get("x-api-key")).toBe("k");
  expect(new URL(url).search).toBe("?month=2026-11");
});

test.each([
  ["/model/a%2Fb/converse", "/model/a%2Fb/converse"],
  ["/model/a/b c/converse", "/model/a/b%20c/converse"],
  ["/model/a?b#c/converse", "/model/a%3Fb%23c/converse"],
  ["//elsewhere.test/x", "//elsewhere.test/x"],
])("the path %s stays a path", (path, pathname) => {
  const { url } = toRequest(eventOf({ path }), signal);
  expect(new URL(url)).toMatchObject({ host: "gateway.invalid", pathname, search: "", hash: "" });
});

test("what HTTP would not carry in a header, or with a GET, does no harm", () => {
  const request = toRequest(eventOf({ headers: { "x-name": "Ü 🌧" }, body: "ignored" }), signal);
  expect(Buffer.from(request.headers.get("x-name")!, "latin1").toString()).toBe("Ü 🌧");
  expect(request.body).toBeNull();
});

test("an event of something else than a REST API is refused", () => {
  expect(() => lambdaEvent.parse({ version: "2.0", rawPath: "/", requestContext: { http: {} } })).toThrow();
  expect(() => eventOf({ httpMethod: "TRACE" as "GET" })).toThrow();
});

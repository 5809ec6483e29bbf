import { expect, test } from "vitest";
import { PromptCache } from "./prompt-cache.ts";

const piece = (content: string, cachePoint?: "5m" | "1h") => ({
  content,
  tokens: 10,
  ...(cachePoint ? { cachePoint } : {}),
});

test("a prompt that grew reads what was cached and writes what is new", () => {
  const cache = new PromptCache();
  expect(cache.use("m", [piece("a"), piece("b", "5m"), piece("c")], 0)).toEqual({
    input: 10,
    cacheRead: 0,
    cacheWrite5m: 20,
    cacheWrite1h: 0,
  });
  expect(cache.use("m", [piece("a"), piece("b"), piece("c"), piece("d", "5m"), piece("e")], 1)).toEqual({
    input: 10,
    cacheRead: 20,
    cacheWrite5m: 20,
    cacheWrite1h: 0,
  });
});

test("writes are told apart by their time to live", () => {
  const usage = new PromptCache().use("m", [piece("a", "1h"), piece("b"), piece("c", "5m")], 0);
  expect(usage).toEqual({ input: 0, cacheRead: 0, cacheWrite5m: 20, cacheWrite1h: 10 });
});

test("a prefix is forgotten after its time to live, and unknown to other models and other prompts", () => {
  const cache = new PromptCache();
  const prompt = [piece("a", "5m")];
  cache.use("m", prompt, 0);
  expect(cache.use("other", prompt, 1).cacheRead).toBe(0);
  expect(cache.use("m", [piece("x", "5m")], 1).cacheRead).toBe(0);
  expect(cache.use("m", prompt, 299_999).cacheRead).toBe(10);
  expect(cache.use("m", prompt, 299_999 + 300_000).cacheRead).toBe(0);
});

import { expect, test } from "vitest";
import { ManualTimer } from "../testing/manual-timer.ts";
import { sseEvent, sseResponse } from "./server-sent-events.ts";

test("an event is one data line, whatever the text holds, and is named where the wire names it", () => {
  expect(sseEvent({ text: "a\nb" })).toBe('data: {"text":"a\\nb"}\n\n');
  expect(sseEvent({ type: "ping" }, "ping")).toBe('event: ping\ndata: {"type":"ping"}\n\n');
});

test("proxies are told not to hold the answer back", async () => {
  async function* events() {
    yield sseEvent(1);
  }
  const { timer } = new ManualTimer();
  const response = sseResponse({
    events: events(),
    hangUp: () => undefined,
    timer,
    headers: { "x-one": "1" },
  });
  expect(Object.fromEntries(response.headers)).toEqual({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
    "x-one": "1",
  });
  expect(await response.text()).toBe("data: 1\n\n");
});

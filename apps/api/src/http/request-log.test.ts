import { ManualClock } from "@caprock/domain";
import { createLogger, systemRandom } from "@caprock/platform";
import { Hono } from "hono";
import { expect, test } from "vitest";
import type { RequestEnv } from "./request-context.ts";
import { requestLog } from "./request-log.ts";

test("a line names the route that answered, never the path, and the id that the answer carries", async () => {
  const lines: Record<string, unknown>[] = [];
  const clock = new ManualClock(1_000_000);
  const destination = { write: (line: string) => lines.push(JSON.parse(line)) };
  const app = new Hono<RequestEnv>();
  app.use(
    requestLog({
      clock,
      random: systemRandom,
      logger: createLogger({ service: "api", level: "info", destination }),
    }),
  );
  app.get("/things/:id", (c) => {
    clock.advance(25);
    c.set("tenantId", "t1");
    return c.text("ok");
  });
  // Matches the path as well, and does not answer it.
  app.use("/*", (_, next) => next());

  const response = await app.request("/things/typed-by-a-caller?and=this", {
    headers: { "x-request-id": "req_theirs" },
  });
  const requestId = response.headers.get("x-request-id");
  expect(requestId).toMatch(/^req_[0-9a-v]{26}$/);
  expect(lines).toMatchObject([
    {
      message: "request",
      requestId,
      method: "GET",
      route: "/things/:id",
      status: 200,
      durationMs: 25,
      tenantId: "t1",
    },
  ]);
  await app.request("/typed-by-a-caller");
  expect(lines[1]).toMatchObject({ route: "/*", status: 404 });
  expect(JSON.stringify(lines)).not.toMatch(/typed-by|and=this|req_theirs/);
});

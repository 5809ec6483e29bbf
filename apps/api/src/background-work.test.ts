import { expect, test } from "vitest";
import { BackgroundWork } from "./background-work.ts";

function task() {
  let end: (error?: Error) => void = () => {};
  const done = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve());
  });
  return { done, end };
}

test("it is idle when all work is over, work that failed and work that was added meanwhile included", async () => {
  const failures: unknown[] = [];
  const work = new BackgroundWork((error) => failures.push(error));
  await work.idle();
  const [first, second, later] = [task(), task(), task()];
  work.add(first.done);
  work.add(second.done);
  let isIdle = false;
  const idle = work.idle().then(() => {
    isIdle = true;
  });
  const settled = async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.resolve();
    }
  };
  first.end(new Error("no table"));
  await settled();
  expect([isIdle, failures]).toEqual([false, [new Error("no table")]]);
  work.add(later.done);
  second.end();
  await settled();
  expect(isIdle).toBe(false);
  later.end();
  await idle;
  expect(isIdle).toBe(true);
});

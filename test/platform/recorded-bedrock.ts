/** Stands between the API and the local Bedrock, and keeps what was asked: the prompts that a witness does not count. */
import { forwardCalls } from "./forward-calls.ts";

export interface RecordedBedrock {
  readonly url: string;
  /** The bodies of all calls so far, oldest first. */
  readonly bodies: readonly string[];
  /** Where calls go on to; to be said before the first one. */
  forwardTo(url: string): void;
  close(): void;
}

export async function recordBedrock(): Promise<RecordedBedrock> {
  const bodies: string[] = [];
  let target = "";
  const { url, close } = await forwardCalls(
    () => target,
    (_, body) => bodies.push(body.toString()),
  );
  return {
    url,
    bodies,
    forwardTo(wanted) {
      target = wanted;
    },
    close,
  };
}

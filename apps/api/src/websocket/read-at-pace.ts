/** Bounds how many texts of a connection are read: cheap ones cost a little each, and nothing else limits them. */
import { mostTextsPerSecond } from "./socket-bounds.ts";

export interface Pace {
  /** To be called for each text that was read. */
  took(): void;
  stop(): void;
}

/** Stops reading for the rest of a second in which too many texts came; what was sent meanwhile waits in the network. */
export function readAtPace(connection: { pause(): void; resume(): void }): Pace {
  let texts = 0;
  let second: NodeJS.Timeout | undefined;
  return {
    took() {
      texts += 1;
      second ??= setTimeout(() => {
        texts = 0;
        second = undefined;
        connection.resume();
      }, 1_000);
      if (texts === mostTextsPerSecond) {
        connection.pause();
      }
    },
    stop: () => clearTimeout(second),
  };
}

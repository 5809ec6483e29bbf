/** aws-local as a process. Ends with its parent, or on SIGTERM or SIGINT, with its stores closed. */
import { startAwsLocal } from "./server.ts";
import { readSettings } from "./settings.ts";

const local = await startAwsLocal(readSettings());
const ends = new Promise<void>((resolve) => {
  for (const event of ["SIGTERM", "SIGINT", "disconnect"]) {
    process.on(event, () => resolve());
  }
});
process.stdout.write(`aws-local listens on ${local.url}\n`);
process.send?.({ ready: true, url: local.url });

await ends;
await local.close();
process.exit(0);

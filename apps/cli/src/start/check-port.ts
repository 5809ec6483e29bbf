/** Finds out that a port is taken before anything is started. */
import { createServer } from "node:net";
import { StartError } from "./start-error.ts";

/** Throws StartError if nothing can listen on the port. */
export async function checkPort(port: number, what: string, option: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
  }).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(
      error.code === "EADDRINUSE"
        ? `Port ${port} (${what}) is taken. Stop the program that uses it, or choose another: ${option} <port>.`
        : `Cannot listen on port ${port} (${what}): ${error.code}. Choose another: ${option} <port>.`,
    );
  });
}

/** Finds out that ports are taken before anything is started. */
import { createServer } from "node:net";
import { StartError } from "./start-error.ts";

export interface WantedPort {
  readonly port: number;
  /** What will listen there. */
  readonly what: string;
  /** The option that chooses another. */
  readonly option: string;
}

/** Throws StartError, with a line for each port that nothing can listen on. */
export async function checkPorts(wanted: readonly WantedPort[]): Promise<void> {
  const problems = await Promise.all(wanted.map(problemWith));
  const lines = problems.filter((problem) => problem !== undefined);
  if (lines.length > 0) {
    throw new StartError(lines.join("\n"));
  }
}

async function problemWith({ port, what, option }: WantedPort): Promise<string | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
    });
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return code === "EADDRINUSE"
      ? `Port ${port} (${what}) is taken. Stop the program that uses it, or choose another: ${option} <port>.`
      : `Cannot listen on port ${port} (${what}): ${code}. Choose another: ${option} <port>.`;
  }
}

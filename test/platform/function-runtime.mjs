/** Stands in for Lambda: gives a bundled handler events over IPC, any number at once, and sends back what it returns. */
const { handler } = await import(process.argv[2]);

process.on("message", async ({ call, event }) => {
  try {
    process.send({ call, result: (await handler(event)) ?? null });
  } catch (error) {
    process.send({ call, error: String(error?.message ?? error) });
  }
});
process.on("disconnect", () => process.exit(0));
process.send({ ready: true });

/** Refuses a Node that is too old, in words that an old Node can still say. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Caprock needs Node 20.19 or newer, and this is ${process.versions.node}. Install a newer Node, then try again.\n`,
  );
  process.exit(1);
}

/** SETTINGS.md: every environment variable that a process reads. */
import { z } from "zod";
import { markdownTable } from "./markdown-table.ts";

interface Setting {
  readonly name: string;
  readonly fallback: string;
  readonly meaning: string;
  readonly processes: string[];
}

/** The page for the settings of some processes, by the name of the process. Throws when one has no description. */
export function settingsPage(processes: Readonly<Record<string, z.ZodObject>>): string {
  const settings = new Map<string, Setting>();
  for (const [process, schema] of Object.entries(processes)) {
    for (const setting of settingsOf(process, schema)) {
      const known = settings.get(setting.name);
      if (known && (known.fallback !== setting.fallback || known.meaning !== setting.meaning)) {
        throw new Error(
          `${setting.name} means one thing to the ${known.processes[0]} and another to the ${process}.`,
        );
      }
      settings.set(setting.name, { ...setting, processes: [...(known?.processes ?? []), process] });
    }
  }
  const rows = [...settings.values()]
    .sort((a, b) => a.name.localeCompare(b.name, "en"))
    .map(({ name, fallback, meaning, processes: readBy }) => [
      `\`${name}\``,
      fallback,
      meaning,
      readBy.join(", "),
    ]);
  return `# Settings

Environment variables. Credentials and endpoints are the AWS SDK's own. A process that is given a bad setting names it
and does not start. Generated from \`src/config/settings.ts\`: to change this page, change that file and run
\`pnpm run docs\`.

${markdownTable(["Name", "Default", "Meaning", "Read by"], rows)}
`;
}

function settingsOf(process: string, schema: z.ZodObject): Setting[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: "output" });
  return Object.entries(properties).map(([name, property]) => {
    const { description, default: value } = property as { description?: string; default?: unknown };
    if (description === undefined) {
      throw new Error(`The setting ${name} has no description.`);
    }
    const optional = z.safeParse(schema.shape[name], undefined).success;
    const fallback = value === undefined ? (optional ? "none" : "**must be set**") : `\`${value}\``;
    return { name, fallback: value === "" ? "empty" : fallback, meaning: description, processes: [process] };
  });
}

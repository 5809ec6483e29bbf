/** Reads one source file for the rules: what it imports, exports and calls, from its syntax tree. */
import { parseSync } from "oxc-parser";

/** Something a rule may forbid, found at a line. */
export interface Found {
  /** As it stands in the code: "process.env", "new Date()", "export *" … */
  readonly what: string;
  readonly line: number;
}

export interface Import {
  readonly specifier: string;
  /** True for what is gone at run time: `import type`, `export type … from`, `typeof import()`. */
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface SourceFile {
  /** From the workspace's root, with slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
  readonly found: readonly Found[];
  readonly lines: number;
  /** Every string literal, for names that are used without an import. */
  readonly strings: ReadonlySet<string>;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [member: string]: unknown;
}

/** Calls of node:crypto that give something new each time. */
const randomOfCrypto = new Set([
  "randomBytes",
  "randomFillSync",
  "randomInt",
  "randomUUID",
  "getRandomValues",
]);
const members = new Set([
  "process.env",
  "Date.now",
  "Math.random",
  "performance.now",
  "vi.mock",
  "vi.doMock",
]);

/**
 * A real parser and not patterns, because comments and strings speak of forbidden things too; oxc's, because
 * esbuild forgets type imports and TypeScript 7 has no API. Throws when the file cannot be parsed.
 */
export function readSourceFile(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) {
    throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
  }
  const imports: Import[] = [];
  const found: Found[] = [];
  const strings = new Set<string>();
  const lineOf = (node: Node) => text.slice(0, node.start).split("\n").length;
  walk(program as unknown as Node, (node) => {
    const imported = importOf(node);
    if (imported) {
      imports.push({ ...imported, line: lineOf(node) });
    }
    for (const what of findIn(node)) {
      found.push({ what, line: lineOf(node) });
    }
    if (node.type === "Literal" && typeof node.value === "string") {
      strings.add(node.value);
    }
  });
  return { path, imports, found, lines: text.trimEnd().split("\n").length, strings };
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const member of Object.values(node)) {
    for (const child of Array.isArray(member) ? member : [member]) {
      if (isNode(child)) {
        walk(child, visit);
      }
    }
  }
}

function importOf(node: Node): Omit<Import, "line"> | undefined {
  const specifier =
    isNode(node.source) && typeof node.source.value === "string" ? node.source.value : undefined;
  if (specifier === undefined) {
    return undefined;
  }
  switch (node.type) {
    case "ImportDeclaration":
      return { specifier, typeOnly: node.importKind === "type" };
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
      return { specifier, typeOnly: node.exportKind === "type" };
    case "ImportExpression":
      return { specifier, typeOnly: false };
    case "TSImportType":
      return { specifier, typeOnly: true };
    default:
      return undefined;
  }
}

function findIn(node: Node): string[] {
  switch (node.type) {
    case "MemberExpression": {
      const name = `${nameOf(node.object)}.${nameOf(node.property)}`;
      const random = nameOf(node.object) === "crypto" && randomOfCrypto.has(nameOf(node.property));
      return members.has(name) || random ? [name] : [];
    }
    case "NewExpression":
    case "CallExpression": {
      const isDate = nameOf(node.callee) === "Date" && (node.arguments as unknown[]).length === 0;
      return isDate ? [node.type === "NewExpression" ? "new Date()" : "Date()"] : [];
    }
    case "ImportSpecifier": {
      const name = nameOf(node.imported);
      return randomOfCrypto.has(name) ? [name] : [];
    }
    case "ExportAllDeclaration":
      return ["export *"];
    case "ExportDefaultDeclaration":
      return ["export default"];
    case "ExportSpecifier":
      return nameOf(node.exported) === "default" ? ["export default"] : [];
    default:
      return [];
  }
}

function nameOf(node: unknown): string {
  return isNode(node) ? String(node.name ?? node.value ?? "") : "";
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

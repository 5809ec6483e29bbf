/** Reads a resource's Terraform schema back from the generated code of its `@cdktf/provider-aws` binding. */
import { readFileSync } from "node:fs";

/** Terraform's block schema, in the shape of the plugin protocol's message. */
export interface BlockSchema {
  readonly attributes: readonly AttributeSchema[];
  readonly block_types: readonly NestedBlockSchema[];
}

interface AttributeSchema {
  readonly name: string;
  /** The type as Terraform's JSON, for example `["list","string"]`. */
  readonly type: Buffer;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
}

interface NestedBlockSchema {
  readonly type_name: string;
  readonly block: BlockSchema;
  readonly nesting: number;
  readonly min_items: number;
  readonly max_items: number;
}

const nesting = { single: 1, list: 2 };

/** One property of a generated interface. */
interface Member {
  /** The name in Terraform, from the documentation link: the property's own name has lost its underscores. */
  readonly terraformName: string;
  readonly required: boolean;
  readonly type: string;
  readonly isBlock: boolean;
}

type Members = ReadonlyMap<string, readonly Member[]>;

/**
 * The schema of the binding in `folder`: arguments from the type declarations, which tell required from
 * optional and blocks from attributes, and attributes that only the provider sets from the code.
 * Where the bindings do not tell a type, it is Terraform's `dynamic`, which takes anything.
 */
export function bindingSchema(folder: string): BlockSchema {
  const code = readFileSync(`${folder}/index.js`, "utf8");
  const className = /^class (\w+) extends cdktf\.Terraform(?:Resource|DataSource|Provider) /m.exec(code)?.[1];
  if (!className) {
    throw new Error(`${folder} holds no Terraform binding.`);
  }
  const members = interfaceMembers(readFileSync(`${folder}/index.d.ts`, "utf8"));
  const schema = block(`${className}Config`, members);
  const known = new Set([
    ...schema.attributes.map((attribute) => attribute.name),
    ...schema.block_types.map((nested) => nested.type_name),
  ]);
  const classCode = code.slice(code.indexOf(`class ${className} extends`));
  const computed = computedAttributes(classCode).filter(({ name }) => !known.has(name));
  return { ...schema, attributes: [...schema.attributes, ...computed] };
}

const interfacePattern = /^export interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm;
const memberPattern = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+readonly \w+(\??): ((?:\{[^}]*\}|[^;{}])+);/g;

function interfaceMembers(declarations: string): Members {
  return new Map(
    [...declarations.matchAll(interfacePattern)].map(([, name = "", body = ""]) => [
      name,
      [...body.matchAll(memberPattern)].flatMap(([, comment = "", optional, type = ""]) => {
        const terraformName = /\w#(\w+)\}/.exec(comment)?.[1];
        return terraformName
          ? [{ terraformName, required: optional === "", type, isBlock: /^\s*\* \w+ block$/m.test(comment) }]
          : [];
      }),
    ]),
  );
}

function block(interfaceName: string, members: Members): BlockSchema {
  const own = members.get(interfaceName);
  if (!own) {
    throw new Error(`The bindings declare no interface ${interfaceName}.`);
  }
  return {
    attributes: own.filter((member) => !member.isBlock).map(attribute),
    block_types: own.filter((member) => member.isBlock).map((member) => nestedBlock(member, members)),
  };
}

function attribute({ terraformName, required, type }: Member): AttributeSchema {
  return {
    name: terraformName,
    type: encodeType(terraformType(type)),
    required,
    optional: !required,
    computed: !required,
  };
}

function nestedBlock({ terraformName, required, type }: Member, members: Members): NestedBlockSchema {
  const [interfaceName = ""] = /^\w+/.exec(type) ?? [];
  const repeats = type.includes("[]");
  return {
    type_name: terraformName,
    block: block(interfaceName, members),
    nesting: terraformName === "timeouts" ? nesting.single : nesting.list,
    min_items: required ? 1 : 0,
    // Zero stands for any number. A single block, `timeouts`, may not name a maximum.
    max_items: repeats || terraformName === "timeouts" ? 0 : 1,
  };
}

type TerraformType = string | readonly [string, string];

/** The Terraform type of a property that is no block; its TypeScript type may also allow `IResolvable`. */
function terraformType(type: string): TerraformType {
  const plain = type.replace(" | cdktf.IResolvable", "").trim();
  const scalar =
    /^(string|number|boolean)(\[\])?$/.exec(plain) ??
    /^\{\s*\[key: string\]: (string|number);\s*\}$/.exec(plain);
  if (!scalar?.[1]) {
    return "dynamic";
  }
  const element = scalar[1] === "boolean" ? "bool" : scalar[1];
  if (plain.startsWith("{")) {
    return ["map", element];
  }
  return scalar[2] ? ["list", element] : element;
}

function encodeType(type: TerraformType): Buffer {
  return Buffer.from(JSON.stringify(type));
}

const getterTypes: Readonly<Record<string, TerraformType>> = {
  String: "string",
  Number: "number",
  Boolean: "bool",
};

/** What the resource's class can read from the provider: attributes by typed getters, blocks as objects. */
function computedAttributes(classCode: string): AttributeSchema[] {
  const getters = [...classCode.matchAll(/this\.get(\w+)Attribute\('(\w+)'\)/g)].map(
    ([, type = "", name = ""]) => [name, getterTypes[type] ?? "dynamic"] as const,
  );
  const objects = [...classCode.matchAll(/ = new \w+\(this, "(\w+)"/g)].map(
    ([, name = ""]) => [name, "dynamic"] as const,
  );
  return [...new Map([...objects, ...getters])].map(([name, type]) => ({
    name,
    type: encodeType(type),
    required: false,
    optional: false,
    computed: true,
  }));
}

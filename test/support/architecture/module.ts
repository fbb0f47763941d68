// Reads one source file into what the architecture rules look at. Knows syntax, no rules.
import { parseSync } from "vite";

/** A node of the syntax tree; its other members depend on its type. */
export interface SyntaxNode {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** One module of the project. */
export interface Module {
  /** From the project's folder, with slashes: `src/users/email.ts`. */
  readonly path: string;
  readonly lines: number;
  /** Every module it names: imports of values and types, dynamic ones, re-exports, `import("...")` types. */
  readonly imports: readonly string[];
  readonly program: SyntaxNode;
}

/** A dynamic import whose module cannot be known before it runs; never an allowed one. */
export const unknownImport = "(computed)";

/** Reads a module. @throws when it is not TypeScript. */
export function parseModule(path: string, source: string): Module {
  const { program, errors } = parseSync(path, source);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const root = { ...program };
  const imports = [...walk(root)].flatMap(importsOf);
  return { path, lines: source.split("\n").length - 1, imports, program: root };
}

/** Every node below and including this one. `enter` decides whether a node is looked into. */
export function* walk(
  node: SyntaxNode,
  enter: (node: SyntaxNode) => boolean = () => true,
): Generator<SyntaxNode> {
  yield node;
  if (!enter(node)) return;
  for (const child of childrenOf(node)) yield* walk(child, enter);
}

/** Whether a value of the tree is a node, of this type where one is named. */
export function isNode(value: unknown, type?: string): value is SyntaxNode {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  return type === undefined ? typeof value.type === "string" : value.type === type;
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node)
    .flat()
    .filter((value) => isNode(value));
}

const importTypes = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
  "TSExternalModuleReference",
]);

function importsOf(node: SyntaxNode): string[] {
  if (node.type === "CallExpression") {
    const { callee, arguments: given } = node;
    const required = isNode(callee, "Identifier") && callee["name"] === "require" && Array.isArray(given);
    return required ? [literalOf(given[0])] : [];
  }
  if (!importTypes.has(node.type)) return [];
  const source = node["source"] ?? node["argument"] ?? node["expression"];
  // `export { x }` exports what the module has itself.
  return isNode(source) ? [literalOf(source)] : [];
}

function literalOf(node: unknown): string {
  if (isNode(node, "TSLiteralType")) return literalOf(node["literal"]);
  return isNode(node, "Literal") && typeof node["value"] === "string" ? node["value"] : unknownImport;
}

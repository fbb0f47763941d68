// The rules of the house that can be read off one module. Each returns what it found, in words.
import { posix } from "node:path";

import { isNode, type Module, type SyntaxNode, unknownImport, walk } from "./module.ts";
import { domainFolders, isWithin, rooms, roomOf, rulesOf } from "./rooms.ts";

/** Something that breaks a rule. */
export interface Fault {
  readonly rule: RuleName;
  readonly path: string;
  readonly found: string;
}

type Rule = (module: Module) => readonly string[];

const barrels = ["src/schema/index.ts", "src/migrate/index.ts"];
const roomsWithoutSubject = new Set(["utils", "util", "helpers", "lib", "common", "types", "shared", "misc"]);
const nodeRooms = ["src/dev", "src/migrate", "src/api-docs"];

/** Where the process and the console may be touched; in the Worker, only where it writes its log. */
const processRooms = [
  "src/dev",
  "src/migrate/cli",
  "src/migrate/main.ts",
  "src/migrate/pack.ts",
  "src/api-docs/main.ts",
  "drizzle.config.ts",
];
const consoleRooms = [...processRooms, "src/worker/ports.ts"];
/** The server is a child process, so that this folder knows the process; it prints nothing. */
const processOnly = ["src/migrate/server"];
const bindingReaders = ["src/worker/index.ts", "src/worker/env.ts"];
const defaultExporters = ["src/worker/index.ts", "drizzle.config.ts"];

const rules = {
  "has a place in the house": ({ path }) => {
    const folders = posix.dirname(path).split("/");
    const bad = folders.filter((folder) => roomsWithoutSubject.has(folder));
    return [...bad, ...(roomOf(path) === undefined ? ["no room has this path"] : [])];
  },
  "imports only what its room may know": (module) =>
    module.imports.filter((specifier) => !mayImport(module.path, specifier)),
  "leaves the process to main, cli and local": (module) =>
    isIn(module.path, [...processRooms, ...processOnly]) ? [] : globalUses(module, "process"),
  "leaves the console to cli and local": (module) =>
    isIn(module.path, consoleRooms) ? [] : globalUses(module, "console"),
  "leaves the bindings to worker/index and worker/env": (module) =>
    isWithin(module.path, "src/worker") && !bindingReaders.includes(module.path) ? bindingReads(module) : [],
  "is no barrel": (module) =>
    barrels.includes(module.path)
      ? []
      : bodyOf(module)
          .filter(isReExport)
          .map((node) => node.type),
  "has named exports only": (module) =>
    defaultExporters.includes(module.path)
      ? []
      : [...walk(module.program)].filter(isDefaultExport).map((n) => n.type),
  "is at most 300 lines long": ({ lines }) => (lines > 300 ? [`${lines} lines`] : []),
  "can be read by Node 22": newerSyntax,
  "does nothing at module scope": (module) =>
    isWithin(module.path, "src") && !isIn(module.path, nodeRooms) ? moduleScopeWork(module) : [],
} satisfies Record<string, Rule>;

/** The rules by name; each is a sentence about a module. */
export type RuleName = keyof typeof rules;

/** All rules' names. */
export const ruleNames = Object.keys(rules).filter((name): name is RuleName => name in rules);

/** Everything that this rule, or any, finds wrong in a module. */
export function findFaults(module: Module, names: readonly RuleName[] = ruleNames): Fault[] {
  return names.flatMap((rule) => rules[rule](module).map((found) => ({ rule, path: module.path, found })));
}

function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => isWithin(path, place));
}

function mayImport(path: string, specifier: string): boolean {
  const home = roomOf(path);
  if (home === undefined || specifier === unknownImport) return false;
  const room = rulesOf(home);
  if (!specifier.startsWith(".")) {
    return room.packages.some((name) =>
      name === "node:" ? specifier.startsWith(name) : isWithin(specifier, name),
    );
  }
  const target = posix.join(posix.dirname(path), specifier);
  const targetRoom = roomOf(target);
  // A room is entered by a path of its own only: `src/migrate/index.ts` is not the whole of `src/migrate`.
  const isDomain = targetRoom !== undefined && rooms[targetRoom] === undefined;
  return targetRoom === home || isIn(target, room.own) || (isDomain && room.own.includes(domainFolders));
}

/** Reads of a global by its name, by `globalThis`, or by Node's module of that name. */
function globalUses({ program, imports }: Module, name: string): string[] {
  const uses = [...walk(program)].flatMap((node) =>
    Object.entries(node).flatMap(([member, value]) =>
      isRead(node, member) ? [value].flat().filter((item) => isNamed(item, name)) : [],
    ),
  );
  return [...uses.map(() => name), ...imports.filter((specifier) => specifier === `node:${name}`)];
}

/** Names of members, labels and types are no reads of a global; what `globalThis` holds is one. */
function isRead(node: SyntaxNode, member: string): boolean {
  if (node.type === "MemberExpression" && isNamed(node["object"], "globalThis")) return true;
  return !node.type.startsWith("TS") && !["key", "property", "label"].includes(member);
}

function isNamed(value: unknown, name: string): boolean {
  return isNode(value, "Identifier") && value["name"] === name;
}

function bindingReads({ program }: Module): string[] {
  const found = [...walk(program)].filter((node) => {
    if (node.type === "MemberExpression") return isNamed(node["property"], "env");
    if (node.type !== "ObjectPattern" || !Array.isArray(node["properties"])) return false;
    return node["properties"].some(
      (property) => isNode(property, "Property") && isNamed(property["key"], "env"),
    );
  });
  return found.map(() => "reads .env");
}

/** `using` and its stacks came with Node 24; the launcher takes 22.18. */
function newerSyntax({ program }: Module): string[] {
  return [...walk(program)].flatMap((node) => {
    const { kind } = node;
    if (kind === "using" || kind === "await using") return [kind];
    return ["DisposableStack", "AsyncDisposableStack"].filter((name) => isNamed(node, name));
  });
}

function bodyOf({ program }: Module): SyntaxNode[] {
  const { body } = program;
  return Array.isArray(body) ? body.filter((node) => isNode(node)) : [];
}

function isReExport(node: SyntaxNode): boolean {
  if (node.type === "ExportAllDeclaration") return true;
  return node.type === "ExportNamedDeclaration" && isNode(node["source"]);
}

function isDefaultExport(node: SyntaxNode): boolean {
  if (node.type === "ExportDefaultDeclaration" || node.type === "TSExportAssignment") return true;
  return node.type === "ExportSpecifier" && isNamed(node["exported"], "default");
}

const opening = new Set("createClient drizzle fetch connect setTimeout setInterval".split(" "));
const ioObjects = new Set(
  (
    "Request Response WebSocket AbortController ReadableStream TransformStream WritableStream " +
    "EventSource BroadcastChannel MessageChannel"
  ).split(" "),
);

/** Clients, requests, timers and waiting that happen when the module is loaded. Source: session rule S4. */
function moduleScopeWork({ program, imports }: Module): string[] {
  const nodes = [...walk(program, (node) => !isDeferred(node))];
  return [
    ...nodes.filter((node) => node.type === "AwaitExpression").map(() => "await"),
    ...nodes.flatMap((node) => {
      const { callee } = node;
      if (!isNode(callee, "Identifier") || typeof callee["name"] !== "string") return [];
      const names = node.type === "NewExpression" ? ioObjects : opening;
      return names.has(callee["name"]) ? [callee["name"]] : [];
    }),
    ...imports.filter((specifier) => specifier === "cloudflare:workers"),
  ];
}

/** What is inside runs later, or never as a value. */
function isDeferred(node: SyntaxNode): boolean {
  if (node.type === "PropertyDefinition") return node["static"] !== true;
  return (
    node.type.includes("Function") || node.type.startsWith("TSType") || node.type === "TSInterfaceDeclaration"
  );
}

// The import table: what each folder may import.

/** What a room may import. A room may always import itself. */
export interface Room {
  /** Rooms and single modules of the project. */
  readonly own: readonly string[];
  /** Packages with everything below them; `node:` stands for all of Node's modules. */
  readonly packages: readonly string[];
}

const edgePackages = ["drizzle-orm", "@libsql/client"];
/** The one module of the app that the tool imports, the only parser of database URLs; and its own server. */
const toolOutside = ["src/database/config.ts", "src/migrate/server"];
/** Folders and modules of the migration tool. */
const tool = (...parts: readonly string[]): readonly string[] => parts.map((part) => `src/migrate/${part}`);
const toolPackages = ["node:", "drizzle-orm", "@libsql/client"];

/** Stands for every folder of `src` that the table does not name: a new one needs no row. */
export const domainFolders = "domain folders";

/** Every place where code may be; the longest path that fits a module is its room. */
export const rooms: Readonly<Record<string, Room>> = {
  "src/schema": { own: [], packages: ["drizzle-orm"] },
  [domainFolders]: {
    own: ["src/schema", "src/database", "src/users"],
    packages: [...edgePackages, "valibot"],
  },
  "src/database": { own: ["src/schema"], packages: edgePackages },
  "src/users": { own: ["src/schema", "src/database"], packages: [...edgePackages, "valibot"] },
  "src/auth": {
    own: ["src/schema", "src/database"],
    packages: [...edgePackages, "valibot", "node:buffer", "node:crypto"],
  },
  "src/worker": {
    own: ["src/schema", "src/database", "src/users", "src/auth", domainFolders, "drizzle/meta/_journal.json"],
    packages: [...edgePackages, "valibot", "hono", "node:buffer", "node:crypto"],
  },
  "src/api-docs": {
    own: ["src/schema", "src/database", "src/users", "src/auth", "src/worker", domainFolders, "package.json"],
    packages: ["node:", "hono", "hono-openapi", "valibot", "@valibot/to-json-schema", "swagger-ui-dist"],
  },
  "src/migrate/server": { own: [], packages: ["node:"] },
  "src/dev": {
    own: [
      "src/migrate/server",
      "src/migrate/index.ts",
      "src/schema",
      "src/database",
      "src/users",
      "src/auth",
    ],
    packages: [...toolPackages, "picocolors"],
  },
  // The migration tool: each folder may import those above it.
  "src/migrate/errors.ts": { own: [], packages: [] },
  "src/migrate/sql": { own: tool("errors.ts"), packages: [] },
  "src/migrate/schema": { own: tool("errors.ts", "sql"), packages: [] },
  "src/migrate/statements": { own: tool("errors.ts", "sql", "schema"), packages: [] },
  "src/migrate/history": {
    own: tool("errors.ts", "sql", "statements", "hazards/hazard-codes.ts"),
    packages: [],
  },
  "src/migrate/planning": { own: tool("errors.ts", "sql", "schema", "statements", "history"), packages: [] },
  "src/migrate/hazards": { own: tool("sql", "schema", "statements", "history"), packages: [] },
  "src/migrate/folder": { own: tool("errors.ts", "schema", "history", "planning"), packages: ["node:"] },
  "src/migrate/kit": {
    own: tool("errors.ts", "sql", "schema", "history"),
    packages: ["node:", "drizzle-kit"],
  },
  "src/migrate/proof": {
    own: [...tool("errors.ts", "sql", "schema", "statements", "history", "planning"), ...toolOutside],
    packages: toolPackages,
  },
  "src/migrate/runtime": {
    own: [...tool("errors.ts", "sql", "schema", "history", "planning"), ...toolOutside],
    packages: toolPackages,
  },
  "src/migrate/commands": {
    own: [
      ...tool("errors.ts", "sql", "schema", "statements", "history", "planning", "hazards"),
      ...tool("folder", "kit", "proof", "runtime", "package.json"),
      ...toolOutside,
    ],
    packages: toolPackages,
  },
  "src/migrate/cli": {
    own: ["src/migrate/commands", ...toolOutside],
    packages: ["node:", "commander", "picocolors"],
  },
  "src/migrate/index.ts": { own: ["src/migrate/commands"], packages: [] },
  "src/migrate/pack.ts": { own: [], packages: ["node:", "esbuild"] },
  "src/migrate/main.ts": { own: ["src/migrate/cli"], packages: ["node:"] },
  "drizzle.config.ts": {
    own: ["src/database/config.ts", "src/migrate/server", "src/dev"],
    packages: ["node:", "drizzle-kit"],
  },
};

/** The room of a module, or undefined if there is none: then the module has no place in the house. */
export function roomOf(path: string): string | undefined {
  const fitting = Object.keys(rooms).filter((room) => isWithin(path, room));
  const named = fitting.toSorted((one, other) => other.length - one.length)[0];
  // The folders of the migration tool are all named.
  const [, folder] = /^src\/([\w-]+)\/./.exec(path) ?? [];
  return named ?? (folder === undefined || folder === "migrate" ? undefined : `src/${folder}`);
}

/** What a room may import. */
export function rulesOf(room: string): Room {
  return rooms[room] ?? rooms[domainFolders] ?? { own: [], packages: [] };
}

/** Whether `path` is `folder`, or in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

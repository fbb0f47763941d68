// The import table: which room may know which. The words behind it are in src/README.md.

/** What a room may import. A room may always import itself. */
export interface Room {
  /** Rooms and single modules of the project. */
  readonly own: readonly string[];
  /** Packages with everything below them; `node:` stands for all of Node's modules. */
  readonly packages: readonly string[];
}

const edgePackages = ["drizzle-orm", "@libsql/client"];
/** What the migration tool may know of the app: the parser of URLs, and how to start a server. */
const toolOutside = ["src/database/config.ts", "src/sqld"];
const toolPackages = ["node:", "drizzle-orm", "@libsql/client"];

/** Every place where code may be; the longest path that fits a module is its room. */
export const rooms: Readonly<Record<string, Room>> = {
  "src/schema": { own: [], packages: ["drizzle-orm"] },
  "src/database": { own: ["src/schema"], packages: edgePackages },
  "src/users": { own: ["src/schema", "src/database"], packages: [...edgePackages, "valibot"] },
  "src/auth": {
    own: ["src/schema", "src/database"],
    packages: [...edgePackages, "valibot", "jose", "node:crypto"],
  },
  "src/worker": {
    own: ["src/schema", "src/database", "src/users", "src/auth", "drizzle/meta/_journal.json"],
    packages: [...edgePackages, "valibot", "hono"],
  },
  "src/api-docs": {
    own: ["src/schema", "src/users", "src/auth", "src/worker", "package.json"],
    packages: [
      "node:",
      "hono",
      "hono-openapi",
      "valibot",
      "drizzle-valibot",
      "@valibot/to-json-schema",
      "swagger-ui-dist",
    ],
  },
  "src/sqld": { own: [], packages: ["node:"] },
  "src/local": {
    own: ["src/sqld", "src/migrate/index.ts", "src/database", "src/users", "src/auth"],
    packages: [...toolPackages, "picocolors", "commander", "esbuild"],
  },
  "src/migrate/plan": { own: [], packages: [] },
  "src/migrate/script": { own: ["src/migrate/plan", ...toolOutside], packages: toolPackages },
  "src/migrate/autogenerate": {
    own: ["src/migrate/plan", ...toolOutside],
    packages: [...toolPackages, "drizzle-kit"],
  },
  "src/migrate/runtime": { own: ["src/migrate/plan", ...toolOutside], packages: toolPackages },
  "src/migrate/commands": {
    own: [
      "src/migrate/plan",
      "src/migrate/script",
      "src/migrate/autogenerate",
      "src/migrate/runtime",
      "src/migrate/package.json",
      ...toolOutside,
    ],
    packages: toolPackages,
  },
  "src/migrate/cli": {
    own: ["src/migrate/commands", ...toolOutside],
    packages: ["node:", "commander", "picocolors"],
  },
  "src/migrate/index.ts": { own: ["src/migrate/commands"], packages: [] },
  "src/migrate/main.ts": { own: ["src/migrate/cli"], packages: ["node:"] },
  "drizzle.config.ts": {
    own: ["src/database/config.ts", "src/sqld", "src/local"],
    packages: ["node:", "drizzle-kit"],
  },
};

/** The room of a module, or undefined where there is none: then the module has no place in the house. */
export function roomOf(path: string): string | undefined {
  const fitting = Object.keys(rooms).filter((room) => isWithin(path, room));
  return fitting.toSorted((one, other) => other.length - one.length)[0];
}

/** Whether `path` is `folder`, or in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

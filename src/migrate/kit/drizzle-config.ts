// The project's drizzle.config file: found, loaded in a process of its own (it may print, or end the process),
// and told apart from what the tool is asked to use instead.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MigrationError } from "../errors.ts";
import { type NodeProcess, runNode } from "./child-process.ts";

/** What of drizzle's configuration concerns revisions. Paths are relative to the project's folder, or absolute. */
export interface DrizzleConfig {
  readonly out: string;
  readonly schema: readonly string[];
  readonly dialect: "sqlite" | "turso";
  readonly casing: "camelCase" | "snake_case" | undefined;
  readonly breakpoints: boolean;
  readonly prefix: string;
  /** Patterns of the tables that `drizzle-kit push` looks at; those with `!` are left out. */
  readonly tablesFilter: readonly string[];
}

/** Where the project is, and what the command line says instead of its configuration. */
export interface ProjectOptions extends NodeProcess {
  /** Default: drizzle.config.ts, .js or .json in the folder. */
  readonly configFile?: string;
  /** `--dir`. */
  readonly out?: string;
  /** `--schema`. */
  readonly schema?: string;
}

/** The configuration file to load, absolute; undefined if the project has none. */
export function findConfigFile(options: ProjectOptions): string | undefined {
  if (options.configFile !== undefined) return resolve(options.folder, options.configFile);
  const names = ["ts", "mts", "js", "mjs", "cjs", "json"].map((ending) => `drizzle.config.${ending}`);
  return names.map((name) => join(options.folder, name)).find((file) => existsSync(file));
}

/**
 * Loads the configuration with Node alone, without drizzle-kit.
 *
 * @throws {MigrationError} `CONFIG_INVALID` for a file that cannot be loaded, or says nothing this tool can use.
 */
export async function readDrizzleConfig(options: ProjectOptions): Promise<DrizzleConfig> {
  const file = findConfigFile(options);
  return parseConfig(file === undefined ? {} : await loadDrizzleConfig(options, file), options, file);
}

/**
 * Loads a configuration file in a process of its own, unparsed.
 *
 * @throws {MigrationError} `CONFIG_INVALID` for one that cannot be loaded.
 */
export async function loadDrizzleConfig(options: NodeProcess, file: string): Promise<unknown> {
  const scratch = await mkdtemp(join(tmpdir(), "eaves-config-"));
  try {
    const target = join(scratch, "config.json");
    const loader = join(scratch, "load.mjs");
    await writeFile(loader, loaderText(file, target));
    const { output } = await runNode(options, [loader, "generate"]);
    const text = await readFile(target, "utf8").catch((cause: unknown) => {
      throw new MigrationError(
        "CONFIG_INVALID",
        `${file} cannot be loaded; it said: ${output || "nothing"}`,
        {
          cause,
          place: { file },
        },
      );
    });
    return JSON.parse(text);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Config files look at the verb in `process.argv`, and must not find ours there. */
function loaderText(file: string, target: string): string {
  return [
    `import { writeFileSync } from "node:fs";`,
    `const loaded = await import(${JSON.stringify(pathToFileURL(file).href)}` +
      `${file.endsWith(".json") ? `, { with: { type: "json" } }` : ""});`,
    `writeFileSync(${JSON.stringify(target)}, JSON.stringify(loaded.default?.default ?? loaded.default ?? loaded));`,
    // A configuration that opens something must not keep the process alive.
    `process.exit(0);`,
  ].join("\n");
}

/**
 * Makes sense of a loaded configuration.
 *
 * @throws {MigrationError} `CONFIG_INVALID` for another dialect, naming the file.
 */
export function parseConfig(value: unknown, options: ProjectOptions, file?: string): DrizzleConfig {
  const config = isRecord(value) ? value : {};
  const dialect = config["dialect"] ?? "turso";
  if (dialect !== "sqlite" && dialect !== "turso") {
    throw new MigrationError(
      "CONFIG_INVALID",
      `${file ?? "The configuration"} has the dialect ${JSON.stringify(dialect)}: this tool is for "turso" and "sqlite"`,
      file === undefined ? {} : { place: { file } },
    );
  }
  const { casing, migrations } = config;
  const prefix = isRecord(migrations) ? migrations["prefix"] : undefined;
  return {
    out: options.out ?? textOf(config["out"]) ?? "drizzle",
    schema:
      options.schema === undefined
        ? [config["schema"]].flat().filter((item) => typeof item === "string")
        : [options.schema],
    dialect,
    casing: casing === "camelCase" || casing === "snake_case" ? casing : undefined,
    breakpoints: config["breakpoints"] !== false,
    prefix: textOf(prefix) ?? "index",
    tablesFilter: [config["tablesFilter"]].flat().filter((item) => typeof item === "string"),
  };
}

/** Whether `drizzle-kit push` looks at a table, and would drop it if no schema has it. */
export function isSeenByPush({ tablesFilter }: Pick<DrizzleConfig, "tablesFilter">, table: string): boolean {
  if (tablesFilter.length === 0) return true;
  const flags = tablesFilter.flatMap((pattern) => {
    if (!pattern.startsWith("!")) return matches(pattern, table) ? [true] : [];
    return [!matches(pattern.slice(1), table)];
  });
  return flags.length > 0 && flags.every(Boolean);
}

function matches(glob: string, name: string): boolean {
  const pattern = glob
    .replaceAll(/[.+^${}()|\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${pattern}$`).test(name);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

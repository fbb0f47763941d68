// A database to try revisions on: a real server of its own if there is one for the platform, else a file.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type DatabaseConfig, parseDatabaseConfig } from "../../database/config.ts";
import { SqldError } from "../server/errors.ts";
import { startScratchServer } from "../server/scratch-server.ts";
import type { Capture } from "../schema/capture.ts";
import { quoteName } from "../sql/sql-tokens.ts";

/** One row by column names. */
export type ScratchRow = Readonly<Record<string, unknown>>;

/** What this room needs of an open database; the commands hand in the runtime's. */
export interface ScratchPort {
  /** One transaction with foreign keys off, as revisions are applied. */
  migrate(statements: readonly string[]): Promise<void>;
  /** One transaction with foreign keys on. */
  write(statements: readonly string[]): Promise<readonly (readonly ScratchRow[])[]>;
  read(statements: readonly string[]): Promise<readonly (readonly ScratchRow[])[]>;
  capture(): Promise<Capture>;
}

/** A scratch database that runs. */
export interface Scratch {
  readonly config: DatabaseConfig;
  readonly kind: "server" | "file";
  /** What proves, for the head comment: `sqld 0.24.32`, or `a file (no libSQL server is installed)`. */
  readonly by: string;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/**
 * Opens a scratch database.
 *
 * @param kind `file` to do without a server even if there is one.
 * @throws {SqldError} if there is a server and it does not start.
 */
export async function openScratch(kind?: "file"): Promise<Scratch> {
  if (kind === "file") return openFile();
  try {
    return await openServer();
  } catch (error) {
    if (error instanceof SqldError && error.code === "NO_BINARY") return openFile();
    throw error;
  }
}

async function openServer(): Promise<Scratch> {
  const server = await startScratchServer();
  const answer = await fetch(`${server.url}/version`);
  const said = /^sqld [\d.]+/.exec(await answer.text())?.[0] ?? "sqld";
  return { config: configOf(server.url), kind: "server", by: said, close: () => server.stop() };
}

async function openFile(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-scratch-"));
  return {
    config: configOf(pathToFileURL(join(folder, "scratch.db")).href),
    kind: "file",
    by: "a file (no libSQL server is installed)",
    close: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

function configOf(url: string): DatabaseConfig {
  const nowhere = "/nowhere";
  return parseDatabaseConfig(
    { DATABASE_URL: url },
    { runtime: "node", projectFolder: nowhere, serverFolder: `${nowhere}/server` },
  );
}

const leftovers = `
  SELECT s.type, s.name FROM sqlite_schema AS s
  LEFT JOIN pragma_table_list AS l ON s.type = 'table' AND l.schema = 'main' AND l.name = s.name
  WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND s.name NOT LIKE 'libsql\\_%' ESCAPE '\\' AND coalesce(l.type, '') <> 'shadow'
  ORDER BY s.type = 'table', s.rowid`;

/** Empties a scratch database, which is cheaper than another one. */
export async function clearScratch(port: ScratchPort): Promise<void> {
  const [found = []] = await port.read([leftovers]);
  const names = new Set(found.map(({ name }) => String(name)));
  const drops = found
    // The shadow of a vector index goes with the index, hence with the table.
    .filter(({ name }) => !isVectorShadow(String(name), names))
    .map(({ type, name }) => `DROP ${type === "view" ? "VIEW" : "TABLE"} ${quoteName(String(name))}`);
  if (drops.length > 0) await port.migrate(drops);
}

function isVectorShadow(name: string, names: ReadonlySet<string>): boolean {
  return name.endsWith("_shadow") && !names.has(name.slice(0, -"_shadow".length));
}

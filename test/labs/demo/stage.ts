// Where a demonstration plays: a project in a temporary folder with a database server of its own. All of it goes away.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { inspect, stripVTControlCharacters } from "node:util";
import { createClient } from "@libsql/client";
import { startScratchServer } from "../../../src/migrate/server/scratch-server.ts";
import { withCleanUp } from "../../../src/dev/command/clean-up.ts";
import { DevError } from "../../../src/dev/command/dev-error.ts";

/** A project and its database, worked on in public. */
export interface Stage {
  /** Says what is to come. */
  say(text: string): void;
  /** Writes the schema of the project: one table, `users`, with these columns. */
  writeSchema(columns: readonly string[]): Promise<void>;
  /** Runs a verb of the migration tool, and shows it with what it prints. */
  db(...given: readonly string[]): Promise<void>;
  /** Runs a command of drizzle-kit, and shows it with what it prints. */
  drizzleKit(...given: readonly string[]): Promise<void>;
  /** Runs SQL, and shows it with the rows that come back. */
  sql(text: string): Promise<void>;
}

/** What a stage is made of. */
export interface StageOptions {
  /** The project that has the tool and its packages. */
  readonly projectFolder: string;
  readonly print: (line: string) => void;
}

/** Plays `act` on a stage: an empty project over an empty database. */
export function withStage(
  { projectFolder, print }: StageOptions,
  act: (stage: Stage) => Promise<void>,
): Promise<void> {
  return withCleanUp(async (defer) => {
    const folder = await mkdtemp(join(tmpdir(), "eaves-demo-"));
    defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
    await symlink(join(projectFolder, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "package.json"), `{ "name": "demo", "type": "module" }\n`);
    await writeFile(join(folder, "drizzle.config.ts"), configText);
    const server = await startScratchServer();
    defer(() => server.stop());
    const ended = new AbortController();
    defer(() => ended.abort());
    const runner: Runner = { folder, url: server.url, print, signal: ended.signal };
    const tool = join(projectFolder, "src/migrate/main.ts");
    const kit = join(projectFolder, "node_modules/drizzle-kit/bin.cjs");
    await act({
      say: (text) => print(`\n${text}`),
      writeSchema: (columns) => writeFile(join(folder, "schema.ts"), schemaText(columns)),
      db: (...given) => show(runner, "npm run db --", tool, given),
      drizzleKit: (...given) => show(runner, "npx drizzle-kit", kit, given),
      sql: (text) => showRows(runner, text),
    });
  });
}

interface Runner {
  readonly folder: string;
  readonly url: string;
  readonly print: (line: string) => void;
  /** Ends the command that runs. */
  readonly signal: AbortSignal;
}

const configText = `import { defineConfig } from "drizzle-kit";
export default defineConfig({
  dialect: "turso", schema: "./schema.ts", out: "./drizzle", tablesFilter: ["!__eaves_*"],
  dbCredentials: { url: process.env.DATABASE_URL },
});
`;

function schemaText(columns: readonly string[]): string {
  return `import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
export const users = sqliteTable("users", { id: integer().primaryKey(), ${columns.join(", ")} });
`;
}

async function show(
  { folder, url, print, signal }: Runner,
  name: string,
  entry: string,
  given: readonly string[],
): Promise<void> {
  print(`$ ${[name, ...given.map(quote)].join(" ")}`);
  const child = spawn(process.execPath, [entry, ...given], {
    cwd: folder,
    signal,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DATABASE_URL: url, DATABASE_AUTH_TOKEN: "", NO_COLOR: "1" },
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      const text = lastFrame(line);
      if (text !== "") print(`  ${text}`);
    });
  }
  const [code]: unknown[] = await once(child, "close");
  if (code !== 0) throw new DevError("DEMO_ENDED", `${name} ${given.join(" ")} ended with ${String(code)}`);
}

function quote(text: string): string {
  return /^[\w.+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** What is left on the screen of a line that was wiped and written again, as drizzle-kit's spinners do. */
function lastFrame(line: string): string {
  return stripVTControlCharacters(line.split("\u001b[1G").at(-1) ?? "").trimEnd();
}

async function showRows({ url, print }: Runner, text: string): Promise<void> {
  print(`sql> ${text}`);
  const client = createClient({ url });
  try {
    const { columns, rows } = await client.execute(text);
    const cells = rows.map((row) => columns.map((name) => textOf(row[name])));
    const widths = columns.map((name, index) =>
      Math.max(name.length, ...cells.map((row) => row[index]?.length ?? 0)),
    );
    const shown = columns.length === 0 ? [] : [columns, ...cells];
    for (const row of shown) {
      print(`  ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")}`.trimEnd());
    }
  } finally {
    client.close();
  }
}

function textOf(value: unknown): string {
  if (value === null) return "NULL";
  return typeof value === "string" ? value : inspect(value);
}

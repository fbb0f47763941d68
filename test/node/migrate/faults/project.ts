// A folder of revisions with a database, for drizzle's runner and the tool to work on.
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createClient } from "@libsql/client";
import { parseDatabaseConfig } from "../../../../src/database/config.ts";
import type { GenerateContext } from "../../../../src/migrate/index.ts";
import { runNode, type Outcome } from "../../../../src/migrate/kit/child-process.ts";
import type { Row } from "../../../../src/migrate/runtime/connection.ts";
import { migratePlainly, type PlainRevision, writeRevisions } from "./plain-drizzle.ts";
import type { Place } from "../matrix/place.ts";

/** What the tests need of a project. */
export interface Project {
  readonly context: GenerateContext;
  /** Drizzle's own migrator over these revisions. */
  migrate(revisions: readonly PlainRevision[]): Promise<void>;
  /** Puts revisions into the tool's folder. */
  write(revisions: readonly PlainRevision[]): Promise<void>;
  query(sql: string): Promise<readonly Row[]>;
  /** The program as a user runs it, in the project's folder. */
  drizzleKit(...args: readonly string[]): Promise<Outcome>;
  remove(): Promise<void>;
}

/** Makes a project whose database is that of a place, emptied. */
export async function openProject(place: Place, parent = tmpdir()): Promise<Project> {
  await place.clear();
  const folder = join(parent, `eaves-project-${process.pid}-${counter++}`);
  await mkdir(folder, { recursive: true });
  const revisions = join(folder, "drizzle");
  return {
    context: {
      projectFolder: folder,
      folder: revisions,
      database: () =>
        Promise.resolve(
          parseDatabaseConfig(
            { DATABASE_URL: place.url },
            { runtime: "node", projectFolder: folder, serverFolder: join(folder, "none") },
          ),
        ),
      clock: Date.now,
      random: Math.random,
      report: () => undefined,
      nodePath: process.execPath,
      variables: {},
      schema: undefined,
      questions: undefined,
    },
    migrate: async (list) => {
      const client = createClient({ url: place.url });
      await migratePlainly(client, list).finally(() => client.close());
    },
    write: async (list) => {
      const written = await writeRevisions(list);
      await rm(revisions, { recursive: true, force: true });
      await cp(written, revisions, { recursive: true });
      await rm(written, { recursive: true });
    },
    query: async (sql) => (await place.read([sql]))[0] ?? [],
    drizzleKit: (...args) => runNode({ node: process.execPath, folder }, [drizzleKitEntry(), ...args]),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

let counter = 0;

function drizzleKitEntry(): string {
  return join(dirname(createRequire(import.meta.url).resolve("drizzle-kit")), "bin.cjs");
}

/** Writes a schema module and a configuration beside it. */
export async function writeSchema(
  project: Project,
  schema: string,
  url: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { projectFolder } = project.context;
  await writeFile(join(projectFolder, "schema.ts"), schema);
  const config = {
    dialect: "turso",
    schema: "./schema.ts",
    out: "./drizzle",
    dbCredentials: { url },
    ...settings,
  };
  await writeFile(join(projectFolder, "drizzle.config.json"), JSON.stringify(config));
}

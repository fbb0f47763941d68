// What drizzle-kit works with: the schema, the revisions and the database that everything else uses.
import { defineConfig } from "drizzle-kit";
import { type DatabaseConfig, parseDatabaseConfig } from "./src/database/config.ts";
import { dataFolderOf, readServerState, stateFolderOf } from "./src/migrate/server/state.ts";

const projectFolder = process.cwd();
const stateFolder = stateFolderOf(projectFolder, process.env);
const database = needsDatabase(process.argv[2]) ? findDatabase() : undefined;

export default defineConfig({
  dialect: "turso",
  schema: "./src/schema/index.ts",
  out: "./drizzle",
  // The migration tool's own tables are no business of push.
  tablesFilter: ["!__eaves_*"],
  ...(database === undefined
    ? {}
    : {
        dbCredentials: {
          url: database.url,
          ...(database.authToken === undefined ? {} : { authToken: database.authToken }),
        },
      }),
});

function needsDatabase(command: string | undefined): boolean {
  return ["migrate", "push", "pull", "introspect", "studio"].includes(command ?? "");
}

/** `DATABASE_URL`, or the local server that runs; ends drizzle-kit with one line where there is neither. */
function findDatabase(): DatabaseConfig {
  const server = process.env["DATABASE_URL"] ? undefined : readServerState(stateFolder);
  const variables = server === undefined ? process.env : { ...process.env, DATABASE_URL: server.url };
  if (!variables["DATABASE_URL"]) {
    return refuse(
      "No local server runs: start one with `npm run db:start` (or `npm run dev`), or set DATABASE_URL",
    );
  }
  try {
    return parseDatabaseConfig(variables, {
      runtime: "node",
      projectFolder,
      serverFolder: dataFolderOf(stateFolder),
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(message: string): never {
  // Thrown, it would be shown as a stack trace of drizzle-kit's.
  console.error(message);
  process.exit(1);
}

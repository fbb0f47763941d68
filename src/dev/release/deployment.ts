// What `npm run deploy` is asked for, and what keeps it from working. Reads the database, changes nothing.
import { join } from "node:path";
import {
  chooseDatabase,
  type CurrentResult,
  type HazardReport,
  readCurrent,
  upgrade,
} from "../../migrate/index.ts";
import { readCommandLine, usageOf } from "../command/command-line.ts";
import { DevError } from "../command/dev-error.ts";
import { migrationContext, withCode } from "../command/migration-context.ts";
import type { Project } from "../command/project.ts";
import { planStages, readEffects, type ReleaseStages } from "./release-stages.ts";

/** What is to be done. */
export interface Deployment {
  readonly environment: "staging" | "production";
  /** Builds everything and uploads nothing. */
  readonly dryRun: boolean;
  /** Prints how the pending revisions fall around the deployment, and stops. */
  readonly stages: boolean;
  /** A file with secrets of a Worker that does not exist yet. */
  readonly secretsFile: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

const command = {
  name: "npm run deploy",
  about: "Builds the Worker and its static files, and uploads them to Cloudflare.",
  options: {
    env: ["staging|production", "where to; default: production"],
    "secrets-file": ["FILE", "secrets of a Worker that does not exist yet"],
    "dry-run": [undefined, "upload nothing"],
    stages: [undefined, "only print which revisions come before and after the deployment"],
  },
} as const;

/** Reads the command line. @throws {DevError} `USAGE_INVALID`, `DEPLOY_REFUSED`. */
export function parseDeployment(commandArguments: readonly string[]): Deployment {
  const { options } = readCommandLine(commandArguments, command);
  const { env: environment = "production" } = options;
  if (environment === "development") {
    throw new DevError(
      "DEPLOY_REFUSED",
      "The environment development is for this machine, where `npm run dev` serves it: deploy staging or production",
    );
  }
  if (environment !== "staging" && environment !== "production") {
    throw new DevError(
      "USAGE_INVALID",
      `There is no environment "${environment}": expected ${usageOf(command)}`,
    );
  }
  const { "secrets-file": secretsFile } = options;
  return {
    environment,
    dryRun: options["dry-run"] !== undefined,
    stages: options.stages !== undefined,
    secretsFile,
  };
}

/** What wrangler is called with. */
export function wranglerArguments({ environment, dryRun, secretsFile }: Deployment): readonly string[] {
  return [
    ["deploy", "--env", environment],
    dryRun ? ["--dry-run"] : [],
    secretsFile === undefined ? [] : ["--secrets-file", secretsFile],
  ].flat();
}

/**
 * How the pending revisions of the database that `DATABASE_URL` names fall around a deployment.
 *
 * @throws {DevError} `DEPLOY_REFUSED` where they cannot be ordered, one of them has a hazard that nobody accepted, or
 * the database and the folder do not belong together; `REVISIONS_NOT_APPLIED` where the database cannot be read.
 */
export async function readStages(project: Project, variables: Variables): Promise<ReleaseStages> {
  if ((variables["DATABASE_URL"]?.trim() ?? "") === "") {
    throw new DevError(
      "DEPLOY_REFUSED",
      "DATABASE_URL is not set: give that of the database which the environment uses",
    );
  }
  const folder = join(project.folder, "drizzle");
  const { pending, status, current, hazards } = await readStatus(project, variables);
  if (status === "unknown") {
    throw new DevError(
      "DEPLOY_REFUSED",
      `The database is at ${current ?? "base"} and has other revisions than drizzle/: \`npm run db -- check\` says which`,
    );
  }
  // No Worker uses a database that has no revision yet.
  if (current === null) return { expand: pending.at(-1), contract: undefined };
  const stages = planStages(readEffects(folder, pending));
  refuseHazards(hazards);
  return stages;
}

/** A release is to stop before any of it has run, not between Expand and Contract. */
function refuseHazards(hazards: readonly HazardReport[]): void {
  const refused = hazards.filter(({ verdict }) => verdict === "refused");
  if (refused.length === 0) return;
  const lines = refused.map(({ code, message, file, line }) => `  ${file}:${line}: ${code} ${message}`);
  throw new DevError(
    "DEPLOY_REFUSED",
    `The pending revisions have hazards that nobody has accepted, and \`upgrade\` would refuse them:\n${lines.join("\n")}\n` +
      "Nothing ran. `npm run db -- check --explain CODE` says what each means and what to do",
  );
}

/**
 * Refuses a Worker whose revisions are not there yet. Those that are applied after the deployment may be pending.
 *
 * @throws {DevError} `DEPLOY_REFUSED`.
 */
export function refuseWhereBehind({ expand }: ReleaseStages): void {
  if (expand === undefined) return;
  throw new DevError(
    "DEPLOY_REFUSED",
    `The database lacks revisions that this Worker needs: run \`npm run db -- upgrade ${expand}\` first`,
  );
}

async function readStatus(
  project: Project,
  variables: Variables,
): Promise<CurrentResult & { readonly hazards: readonly HazardReport[] }> {
  return withCode("REVISIONS_NOT_APPLIED", async () => {
    const wish = { projectFolder: project.folder, variables, databaseUrl: undefined };
    const { config } = await chooseDatabase(wish);
    const context = migrationContext(project.folder, config);
    const current = await readCurrent(context);
    const isPlannable = current.status === "behind" && current.current !== null;
    const hazards = isPlannable ? (await upgrade(context, { mode: "dry-run" })).hazards : [];
    return { ...current, hazards };
  });
}

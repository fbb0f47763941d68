// What `npm run deploy` is asked for, and what keeps it from working. Reads the database, changes nothing.
import { chooseDatabase, type HazardReport, readCurrent, readEffects, upgrade } from "../../migrate/index.ts";
import { readCommandLine, usageOf } from "../command/command-line.ts";
import { DevError } from "../command/dev-error.ts";
import type { Project } from "../command/project.ts";
import { planStages, refusal, type ReleaseStages } from "./release-stages.ts";
import { migrationContext, withCode } from "../command/revisions.ts";

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
    throw refusal(
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
 * @throws {DevError} `DEPLOY_REFUSED` if they cannot be ordered, one of them has a hazard that no script accepts, or the
 * database and the folder do not belong together; `REVISIONS_NOT_APPLIED` if the database cannot be read.
 */
export async function readStages(project: Project, variables: Variables): Promise<ReleaseStages> {
  if ((variables["DATABASE_URL"]?.trim() ?? "") === "")
    throw refusal("DATABASE_URL is not set: give that of the database which the environment uses");
  return withCode("REVISIONS_NOT_APPLIED", async () => {
    const wish = { projectFolder: project.folder, variables, databaseUrl: undefined };
    const context = migrationContext(project.folder, (await chooseDatabase(wish)).config);
    const { pending, status, current } = await readCurrent(context);
    if (status === "unknown") {
      throw refusal(
        `The database is at ${current ?? "base"} and has other revisions than drizzle/: \`npm run db -- check\` says which`,
      );
    }
    // No Worker uses a database that has no revision yet.
    if (current === null) return { expand: pending.at(-1), contract: undefined };
    const stages = planStages(await readEffects(context, pending));
    if (status === "behind") refuseHazards((await upgrade(context, { mode: "dry-run" })).hazards);
    return stages;
  });
}

/** A release is to stop before any of it has run, not between Expand and Contract. */
function refuseHazards(hazards: readonly HazardReport[]): void {
  const refused = hazards.filter(({ verdict }) => verdict === "refused");
  if (refused.length === 0) return;
  const lines = refused.map(({ code, message, file, line }) => `  ${file}:${line}: ${code} ${message}`);
  throw refusal(
    `The pending revisions have hazards that nobody has accepted, and \`upgrade\` would refuse them:\n${lines.join("\n")}\n` +
      "Nothing ran. `npm run db -- check --explain CODE` says what each means and what to do",
  );
}

/**
 * Refuses a Worker whose revisions are not there yet. Those that are applied after the deployment may be pending.
 *
 * @throws {DevError} `DEPLOY_REFUSED`.
 */
export function refuseIfBehind({ expand }: ReleaseStages): void {
  if (expand === undefined) return;
  throw refusal(
    `The database lacks revisions that this Worker needs: run \`npm run db -- upgrade ${expand}\` first`,
  );
}

// What a developer should know of schema, revisions and database, each with the command that helps.
import type { DatabaseConfig } from "../../database/config.ts";
import { checkProject, describeFailure, readCurrent } from "../../migrate/index.ts";
import { commandOf, type Project } from "../command/project.ts";
import { migrationContext } from "../command/revisions.ts";

/** The sentences that hold now; none if all fits. Never throws: a question that cannot be answered has its reason. */
export async function findRevisionNotices(
  project: Project,
  database: DatabaseConfig,
): Promise<readonly string[]> {
  const context = migrationContext(project.folder, database);
  try {
    const { status, pending } = await readCurrent(context);
    const behind = pending.map(
      (revision) => `${revision} is not applied: \`${commandOf(project, "npm run db:upgrade")}\` applies it`,
    );
    const isOther = status === "unknown" || status === "ahead";
    const unknown =
      "The database has revisions that drizzle/ does not have, as after a switch of branches: " +
      `\`${commandOf(project, "npm run db:reset")}\` empties it and applies those of this branch`;
    const { findings } = await checkProject({
      ...context,
      nodePath: process.execPath,
      variables: process.env,
      schema: undefined,
      questions: undefined,
      hasDatabase: () => Promise.resolve(false),
    });
    const changed = findings
      .filter(({ code }) => code === "MODEL_CHANGED")
      .map(() => "src/schema has changes that no revision has: `npm run db:revision -- -m NAME` writes one");
    return [...(isOther ? [unknown] : []), ...behind, ...changed];
  } catch (error) {
    return [describeFailure(error).message];
  }
}

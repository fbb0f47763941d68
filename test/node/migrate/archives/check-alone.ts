// What `check` finds in the database, without what drizzle-kit would say of the project's schema in code.
import { checkProject, type Finding } from "../../../../src/migrate/index.ts";
import type { TestProject } from "../commands/project.ts";

const aboutFiles = ["MODEL_CHANGED", "SNAPSHOT_MISSING", "DOWNGRADE_MISSING", "SNAPSHOT_DIFFERS"];

/** The findings about the database. */
export async function checkDatabaseAlone(project: TestProject): Promise<Finding[]> {
  const { findings } = await checkProject(project.context);
  return findings.filter(({ code }) => !aboutFiles.includes(code));
}

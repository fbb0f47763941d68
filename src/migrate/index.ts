// The migration tool as functions: what the command line runs, for the development server, tests and other programs.
export { adopt, proveHistory } from "./commands/adopt.ts";
export { listArchives, pruneArchives, type PruneOptions } from "./commands/archive.ts";
export { checkProject } from "./commands/check.ts";
export type { Context, GenerateContext, Mode } from "./commands/context.ts";
export { readCurrent } from "./commands/current.ts";
export { chooseDatabase } from "./commands/database-choice.ts";
export { downgrade, type DowngradeOptions } from "./commands/downgrade.ts";
export { acceptEdit, type AcceptEditOptions } from "./commands/edit-acceptance.ts";
export { describeFailure, type Failure, type FailureCode } from "./commands/failure.ts";
export { readHistory, readHistoryDetail } from "./commands/history.ts";
export { rebaseRevisions } from "./commands/rebase.ts";
export type * from "./commands/results.ts";
export { acceptPush } from "./commands/push-acceptance.ts";
export { createRevision, type RevisionOptions } from "./commands/revision.ts";
export { createRevisionFromDatabase, type FromDatabaseOptions } from "./commands/revision-from-database.ts";
export { stamp, type StampOptions } from "./commands/stamp.ts";
export { upgrade, type UpgradeOptions } from "./commands/upgrade.ts";

// The test files of the planning of migrations, by name.
const tool = "test/node/migrate";

/** The test files that have to notice a broken plan. */
export const tests = {
  history: `${tool}/history/history.test.ts`,
  record: `${tool}/history/record.test.ts`,
  target: `${tool}/history/target.test.ts`,
  status: `${tool}/history/status.test.ts`,
  steps: `${tool}/history/planner.test.ts`,
  script: `${tool}/history/script-text.test.ts`,
  notes: `${tool}/history/head-notes.test.ts`,
  questions: `${tool}/schema/rename-questions.test.ts`,
  tokens: `${tool}/planning/tokens.test.ts`,
  tables: `${tool}/planning/table-parser.test.ts`,
  renames: `${tool}/planning/renames.test.ts`,
  schema: `${tool}/planning/planner.test.ts`,
  preflight: `${tool}/planning/preflight.test.ts`,
  wanted: `${tool}/planning/wanted.test.ts`,
  precedence: `${tool}/history/precedence.test.ts`,
  names: `${tool}/planning/names.test.ts`,
  changes: `${tool}/planning/table-changes.test.ts`,
  archive: `${tool}/planning/archive.test.ts`,
  compare: `${tool}/planning/table-compare.test.ts`,
  order: `${tool}/planning/plan-order.test.ts`,
  renameEdges: `${tool}/planning/rename-edges.test.ts`,
  objects: `${tool}/planning/wanted-objects.test.ts`,
  rows: `${tool}/planning/future-rows.test.ts`,
  allowance: `${tool}/history/hazard-allowance.test.ts`,
  judgement: `${tool}/hazards/hazard-judgement.test.ts`,
  hazards: `${tool}/hazards/find-hazards.test.ts`,
  /** The only one that starts a server. */
  thereAndBack: `${tool}/planning/there-and-back.test.ts`,
} as const;

// The test files of the planning of migrations, by name.
const plan = "test/node/migrate/plan";

/** The test files that have to notice a broken plan. */
export const tests = {
  history: `${plan}/history.test.ts`,
  record: `${plan}/record.test.ts`,
  target: `${plan}/target.test.ts`,
  status: `${plan}/status.test.ts`,
  steps: `${plan}/planner.test.ts`,
  script: `${plan}/script-text.test.ts`,
  notes: `${plan}/head-notes.test.ts`,
  questions: `${plan}/rename-questions.test.ts`,
  tokens: `${plan}/schema/tokens.test.ts`,
  tables: `${plan}/schema/table-parser.test.ts`,
  renames: `${plan}/schema/renames.test.ts`,
  schema: `${plan}/schema/planner.test.ts`,
  preflight: `${plan}/schema/preflight.test.ts`,
  wanted: `${plan}/schema/wanted.test.ts`,
  precedence: `${plan}/precedence.test.ts`,
  names: `${plan}/schema/names.test.ts`,
  changes: `${plan}/schema/table-changes.test.ts`,
  archive: `${plan}/schema/archive.test.ts`,
  compare: `${plan}/schema/table-compare.test.ts`,
  order: `${plan}/schema/plan-order.test.ts`,
  renameEdges: `${plan}/schema/rename-edges.test.ts`,
  objects: `${plan}/schema/wanted-objects.test.ts`,
  rows: `${plan}/schema/future-rows.test.ts`,
  allowance: `${plan}/hazard-allowance.test.ts`,
  judgement: `${plan}/hazard-judgement.test.ts`,
  hazards: `${plan}/find-hazards.test.ts`,
  /** The only one that starts a server. */
  thereAndBack: `${plan}/schema/there-and-back.test.ts`,
} as const;

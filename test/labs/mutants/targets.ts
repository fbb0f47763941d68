// What the lists of mutants share: the tests that have to notice them, and a short way to write a mutant down.
import type { Mutant } from "./runner.ts";

/** The test files of the session, by name. */
export const tests = {
  session: "test/worker/database/session.test.ts",
  transaction: "test/worker/database/transaction.test.ts",
  transactionEnd: "test/worker/database/transaction-end.test.ts",
  middleware: "test/worker/database/middleware.test.ts",
  streaming: "test/worker/database/streaming.test.ts",
  errors: "test/worker/database/errors.test.ts",
  faults: "test/node/database/permanent-faults.test.ts",
  callerCheck: "test/node/database/caller-check.test.ts",
  callerRoutes: "test/worker/routes/caller-check.test.ts",
  fields: "test/node/worker/fields.test.ts",
  edges: "test/worker/database/session-edges.test.ts",
  hangUp: "test/worker/database/hang-up.test.ts",
  responseBody: "test/worker/database/response-body.test.ts",
  errorSecrecy: "test/worker/database/error-secrecy.test.ts",
  config: "test/node/database/config.test.ts",
  statement: "test/node/database/statement.test.ts",
  client: "test/node/database/client.test.ts",
  fileUrl: "test/node/database/file-url.test.ts",
  replica: "test/node/database/replica.test.ts",
} as const;

/** Rule, text to find, replacement, tests that have to notice; and why none can, where none does. */
export type Row = readonly [
  rule: string,
  find: string,
  replace: string,
  tests: readonly string[],
  survives?: string,
];

/** The mutants of one file. */
export function inFile(file: string, rows: readonly Row[]): Mutant[] {
  return rows.map(([rule, find, replace, noticed, survives]) => ({
    rule,
    file,
    find,
    replace,
    tests: noticed,
    ...(survives === undefined ? {} : { survives }),
  }));
}

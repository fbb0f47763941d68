// Whether the errors of constraints are told apart: over HTTP only the server's words do that, and servers differ in words.
import { sql } from "drizzle-orm";
import {
  CheckViolationError,
  ForeignKeyViolationError,
  NotNullViolationError,
  UniqueViolationError,
} from "../../../src/database/errors.ts";
import { type Check, expectFailure, expectSame } from "./check.ts";
import type { Ground } from "./session-checks.ts";

/** One check a kind of constraint. */
export function violationChecks(ground: Ground): readonly Check[] {
  return [
    { name: "UNIQUE is told with its column", run: () => checkUnique(ground) },
    { name: "NOT NULL and CHECK are told apart", run: () => checkNotNullAndCheck(ground) },
    { name: "FOREIGN KEY is told, on insert and on delete", run: () => checkForeignKey(ground) },
  ];
}

async function checkUnique(ground: Ground): Promise<string> {
  await ground.run((db) => ground.add(db, "unique"));
  const error = await expectFailure(
    ground.run((db) => ground.add(db, "unique")),
    "UNIQUE_VIOLATION",
  );
  const { table, columns } =
    error instanceof UniqueViolationError ? error : { table: undefined, columns: [] };
  expectSame("table", table, `${ground.prefix}rows`);
  expectSame("columns", columns, ["name"]);
  return "name";
}

async function checkNotNullAndCheck(ground: Ground): Promise<string> {
  const rows = ground.table("rows");
  const missing = ground.run((db) => db.run(sql`INSERT INTO ${rows} (amount) VALUES (${1n})`));
  const notNull = await expectFailure(missing, "NOT_NULL_VIOLATION");
  expectSame("column", notNull instanceof NotNullViolationError ? notNull.column : undefined, "name");
  const negative = ground.run((db) =>
    db.run(sql`INSERT INTO ${rows} (name, amount) VALUES ('negative', ${-1n})`),
  );
  const check = await expectFailure(negative, "CHECK_VIOLATION");
  const constraint = check instanceof CheckViolationError ? check.constraint : undefined;
  expectSame("constraint", constraint, `${ground.prefix}positive`);
  return "name, and the constraint's name";
}

async function checkForeignKey(ground: Ground): Promise<string> {
  const [rows, parents] = [ground.table("rows"), ground.table("parents")];
  const orphan = ground.run((db) =>
    db.run(sql`INSERT INTO ${rows} (name, amount, parent) VALUES ('orphan', ${1n}, ${404n})`),
  );
  await expectFailure(orphan, "FOREIGN_KEY_VIOLATION");
  await ground.run((db) =>
    db.batch([
      db.run(sql`INSERT INTO ${parents} (id) VALUES (${1n})`),
      db.run(sql`INSERT INTO ${rows} (name, amount, parent) VALUES ('child', ${1n}, ${1n})`),
    ]),
  );
  const removal = ground.run((db) => db.run(sql`DELETE FROM ${parents} WHERE id = ${1n}`));
  const error = await expectFailure(removal, "FOREIGN_KEY_VIOLATION");
  expectSame("on delete", error instanceof ForeignKeyViolationError && error.onDelete, true);
  return "both";
}

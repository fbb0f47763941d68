// 48: random writes between an upgrade and its downgrade, on tables of every kind of key. The test keeps for each row
// whose it is: a row that was there before and was never deleted gets its own value back, every other row gets none.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Ground } from "../../../../src/migrate/commands/project/scratch-ground.ts";
import { count, seed } from "../../../support/tier.ts";
import { ArchiveProject } from "./archive-project.ts";
import { openGround } from "./ground.ts";

let ground: Ground;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ ground, close } = await openGround());
});
afterAll(() => close());

/** A generator of numbers that is the same for the same seed. */
function numbers(from: number): (below: number) => number {
  let state = (from % 2_147_483_646) + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

interface Kind {
  readonly name: string;
  /** The table without the column that goes, open at its end. */
  readonly table: string;
  readonly end: string;
  /** The key of number `at`, as a list of literals, and the columns of the key. */
  readonly columns: readonly string[];
  readonly key: (at: number) => readonly string[];
}

const number = (at: number) => [String(at)];
const kinds: readonly Kind[] = [
  {
    name: "an INTEGER PRIMARY KEY",
    table: "CREATE TABLE t (id INTEGER PRIMARY KEY, who TEXT UNIQUE",
    end: ")",
    columns: ["id"],
    key: number,
  },
  {
    name: "a key set as rowid",
    table: "CREATE TABLE t (id INTEGER PRIMARY KEY, who TEXT UNIQUE",
    end: ")",
    columns: ["oid"],
    key: number,
  },
  {
    name: "a NOCASE text key",
    table: "CREATE TABLE t (mail TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, who TEXT UNIQUE",
    end: ")",
    columns: ["mail"],
    key: (at) => [at % 2 === 0 ? `'k${at >> 1}'` : `'K${at >> 1}'`],
  },
  {
    name: "a composite key WITHOUT ROWID",
    table: "CREATE TABLE t (a INTEGER NOT NULL, b TEXT NOT NULL, who TEXT UNIQUE",
    end: ", PRIMARY KEY (a, b)) WITHOUT ROWID",
    columns: ["a", "b"],
    key: (at) => [String(at % 3), `'${at >> 1}'`],
  },
  { name: "no key", table: "CREATE TABLE t (x INTEGER, who TEXT", end: ")", columns: ["rowid"], key: number },
  {
    name: "names that have to be quoted",
    table: 'CREATE TABLE t ("group ""by""" INTEGER NOT NULL UNIQUE, who TEXT UNIQUE',
    end: ")",
    columns: ['"group ""by"""'],
    key: number,
  },
];

const keys = 14;
const owners = 8;

async function play(kind: Kind, choose: (below: number) => number): Promise<void> {
  const columns = kind.columns.join(", ");
  const owner = (at: number) => kind.key(at).join(", ");
  const rows = Array.from(
    { length: owners },
    (_, at) => `INSERT INTO t (${columns}, who, secret) VALUES (${owner(2 * at)}, 'o${at}', 'of o${at}')`,
  );
  const project = await ArchiveProject.open(ground, undefined, {
    before: [`${kind.table}, secret TEXT${kind.end}`],
    rows,
  });
  try {
    await project.revise({ after: [`${kind.table}${kind.end}`] });
    let made = 0;
    const at = () => kind.key(choose(keys));
    const fresh = () => `n${(made += 1)}`;
    const where = (key: readonly string[]) =>
      kind.columns.map((column, part) => `${column} = ${key[part]}`).join(" AND ");
    const set = (key: readonly string[]) =>
      kind.columns.map((column, part) => `${column} = ${key[part]}`).join(", ");
    const writes: readonly (() => string)[] = [
      () => `DELETE FROM t WHERE ${where(at())}`,
      () => `INSERT OR IGNORE INTO t (${columns}, who) VALUES (${at().join(", ")}, '${fresh()}')`,
      () => `REPLACE INTO t (${columns}, who) VALUES (${at().join(", ")}, '${fresh()}')`,
      () => `UPDATE OR IGNORE t SET ${set(at())} WHERE ${where(at())}`,
      () => `UPDATE OR REPLACE t SET ${set(at())} WHERE ${where(at())}`,
      () => `UPDATE t SET who = who WHERE ${where(at())}`,
    ];
    for (let step = 0; step < 60; step++) {
      const sql = writes[choose(writes.length)]?.() ?? "";
      await (choose(4) === 0 ? project.writeWithoutKeys([sql]) : project.write([sql]));
    }
    // A row that is still there was never deleted: an earlier name is never inserted again.
    const left = await project.rows("SELECT who FROM t ORDER BY who");
    await project.takeBack("0000");
    const expected = left.map(([who]) => [who, String(who).startsWith("o") ? `of ${String(who)}` : null]);
    expect(await project.rows("SELECT who, secret FROM t ORDER BY who")).toEqual(expected);
  } finally {
    await project[Symbol.asyncDispose]();
  }
}

describe("random writes between an upgrade and its downgrade", () => {
  it.each(kinds.map((kind) => [kind.name, kind] as const))(
    "give each row its own value back, by %s",
    async (_name, kind) => {
      for (let round = 0; round < count({ quick: 1, long: 10 }); round++) {
        await play(kind, numbers(seed() + 7_919 * round));
      }
    },
  );
});

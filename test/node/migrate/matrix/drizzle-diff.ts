// drizzle-kit's own differ for both dialects, in this process: its API has no libSQL variant and asks on the terminal
// about renames, so the module is loaded with its inner functions exported and the answers are handed in.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { compileFunction } from "node:vm";
import { parseSnapshot } from "../../../../src/migrate/folder/snapshot.ts";
import type { Renames } from "../../../../src/migrate/schema/change.ts";
import type { Model } from "../../../../src/migrate/schema/model.ts";
import type { Schema } from "../../../fixtures/schema-changes/schema-change.ts";

/** The two dialects of drizzle-kit that write SQL for SQLite. */
export type Dialect = "sqlite" | "turso";

/** A schema as drizzle-kit's snapshot has it. */
export interface DrizzleSnapshot {
  readonly id: string;
}

interface Named {
  readonly name: string;
}
interface Conflict<Item> {
  readonly created: readonly Item[];
  readonly deleted: readonly Item[];
}
type Differ = (...args: readonly unknown[]) => Promise<{ readonly sqlStatements: readonly string[] }>;

interface DrizzleKit {
  generateSQLiteDrizzleJson(schema: Schema, previous?: string): Promise<DrizzleSnapshot>;
  squash(snapshot: unknown): unknown;
  parse(snapshot: DrizzleSnapshot): unknown;
  differs: Readonly<Record<Dialect, Differ>>;
}

/** It warns of what it generates on the console, in the middle of a test's report. */
const silence = '"use strict"; const console = { log() {}, warn() {}, error() {} };\n';
const inner = `
init_snapshotsDiffer(); init_sqliteSchema();
Object.assign(module.exports, {
  squash: squashSqliteScheme,
  parse: (snapshot) => sqliteSchema.parse(snapshot),
  differs: { sqlite: applySqliteSnapshotsDiff, turso: applyLibSQLSnapshotsDiff },
});`;

function load(): DrizzleKit {
  const own = createRequire(import.meta.url);
  const file = own.resolve("drizzle-kit/api");
  const loaded: { exports: Partial<DrizzleKit> } = { exports: {} };
  const names = ["module", "exports", "require", "__filename", "__dirname"];
  const run = compileFunction(silence + readFileSync(file, "utf8") + inner, names, { filename: file });
  run(loaded, loaded.exports, createRequire(file), file, dirname(file));
  return loaded.exports as DrizzleKit;
}

let kit: DrizzleKit | undefined;
const drizzleKit = () => (kit ??= load());

/** The snapshot of a schema. */
export function snapshotOf(schema: Schema, previous?: DrizzleSnapshot): Promise<DrizzleSnapshot> {
  return drizzleKit().generateSQLiteDrizzleJson(schema, previous?.id);
}

/** A snapshot as the tool reads it from its file. */
export function modelOf(snapshot: DrizzleSnapshot): Model {
  return parseSnapshot(JSON.stringify(snapshot), "snapshot.json").model;
}

/** The statements that drizzle-kit generates between two snapshots, the renames answered as given. */
export async function diffSql(
  dialect: Dialect,
  from: DrizzleSnapshot,
  to: DrizzleSnapshot,
  renames: Renames,
): Promise<string[]> {
  const { squash, parse, differs } = drizzleKit();
  const [before, after] = [parse(from), parse(to)];
  const resolve = <Item extends Named>(
    { created, deleted }: Conflict<Item>,
    pairs: readonly { from: string; to: string }[],
  ) => {
    const renamed = pairs.flatMap((pair) => {
      const old = deleted.find(({ name }) => name === pair.from);
      const now = created.find(({ name }) => name === pair.to);
      return old === undefined || now === undefined ? [] : [{ from: old, to: now }];
    });
    return {
      renamed,
      moved: [],
      created: created.filter((item) => !renamed.some((pair) => pair.to === item)),
      deleted: deleted.filter((item) => !renamed.some((pair) => pair.from === item)),
    };
  };
  const { sqlStatements } = await differs[dialect](
    squash(before),
    squash(after),
    async (conflict: Conflict<Named>) => resolve(conflict, renames.tables),
    async (conflict: Conflict<Named> & { readonly tableName: string; readonly schema: string }) => ({
      tableName: conflict.tableName,
      schema: conflict.schema,
      ...resolve(
        conflict,
        renames.columns.filter(({ table }) => table === conflict.tableName),
      ),
    }),
    async (conflict: Conflict<Named>) => resolve(conflict, renames.tables),
    before,
    after,
  );
  return [...sqlStatements];
}

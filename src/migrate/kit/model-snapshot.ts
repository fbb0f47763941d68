// The snapshot of the schema as the code has it now, and a revision's bookkeeping if drizzle-kit cannot write it
// because it would have to ask about renames.
import type { Renames } from "../schema/change.ts";
import { MigrationError } from "../errors.ts";
import { folderTime } from "../history/record.ts";
import type { DrizzleConfig, ProjectOptions } from "./drizzle-config.ts";
import { type GeneratedFiles, generateRevision } from "./drizzle-kit.ts";
import { momentAfter } from "./installed-kit.ts";
import type { SchemaDefault } from "./schema-defaults.ts";

/** A snapshot as far as it is touched here; everything else is passed through. */
interface SnapshotText {
  readonly version: string;
  readonly id: string;
  readonly prevId?: string;
  readonly prevIds?: readonly string[];
}

/**
 * The schema as a snapshot's text. drizzle-kit makes it as that of a first revision, which never asks anything:
 * a file, not the API of drizzle-kit, which the next version of it does not have.
 *
 * @throws {MigrationError} `GENERATE_FAILED` for a schema that cannot be loaded.
 */
export async function readModelSnapshot(
  options: ProjectOptions,
): Promise<{ snapshot: string; config: DrizzleConfig; defaults: readonly SchemaDefault[] }> {
  const generated = await generateRevision({ ...options, name: "model", since: "nothing" });
  const { config, defaults } = generated;
  if (generated.kind === "files") return { snapshot: generated.files.snapshot, config, defaults };
  // A schema without a table: only an empty revision gets a snapshot then.
  const empty = await generateRevision({ ...options, name: "model", since: "nothing", custom: true });
  if (empty.kind !== "files")
    throw new MigrationError("GENERATE_FAILED", "drizzle-kit wrote no snapshot of the schema");
  return { snapshot: empty.files.snapshot, config, defaults };
}

/** What a revision made by our own planner needs beside its SQL. */
export interface CompositionOptions {
  readonly config: DrizzleConfig;
  /** Of {@link readModelSnapshot}. */
  readonly model: string;
  /** Text of the newest snapshot in the folder; undefined for a first revision. */
  readonly previous: string | undefined;
  /** The ids of what it follows, for drizzle-kit 1.0; undefined for a first revision. */
  readonly previousIds?: readonly string[] | undefined;
  readonly renames: Renames;
  readonly name: string;
  /** Position in the journal, or among the folders. */
  readonly index: number;
  /** The tag of the revision before; undefined for a first one. */
  readonly last?: string | undefined;
  /** Now, in milliseconds. */
  readonly now: number;
  readonly sql: string;
}

/** The files of a revision as drizzle-kit would have written them, had it been told of the renames. */
export function composeRevision(options: CompositionOptions): GeneratedFiles {
  const model: SnapshotText = JSON.parse(options.model);
  if (model.prevIds !== undefined) return composeFolder(options, model);
  const previous: SnapshotText | undefined =
    options.previous === undefined ? undefined : JSON.parse(options.previous);
  const prefix = prefixOf(options);
  const snapshot = { ...model, prevId: previous?.id ?? model.prevId, _meta: renameMeta(options.renames) };
  return {
    entry: {
      idx: options.index,
      version: model.version,
      when: options.now,
      tag: `${prefix}_${options.name}`,
      breakpoints: options.config.breakpoints,
    },
    sql: options.sql,
    snapshot: JSON.stringify(snapshot, undefined, 2),
    snapshotName: `${prefix}_snapshot.json`,
    layout: "journal",
  };
}

/** The same for drizzle-kit 1.0. */
function composeFolder(options: CompositionOptions, model: SnapshotText): GeneratedFiles {
  const when = momentAfter(options.now, options.last === undefined ? [] : [options.last]);
  const tag = `${folderTime(when)}_${options.name}`;
  const { tables, columns } = options.renames;
  const renames = [
    ...tables.map(({ from, to }) => `${from}->${to}`),
    ...columns.map(({ table, from, to }) => `${table}.${from}->${table}.${to}`),
  ];
  const prevIds = options.previousIds ?? model.prevIds;
  return {
    entry: { idx: options.index, version: model.version, when, tag, breakpoints: true },
    sql: options.sql,
    snapshot: JSON.stringify({ ...model, prevIds, renames }, undefined, 2),
    snapshotName: `${tag}/snapshot.json`,
    layout: "folders",
  };
}

function prefixOf({ config, index, now }: CompositionOptions): string {
  if (config.prefix === "unix") return String(Math.floor(now / 1000));
  if (config.prefix === "timestamp" || config.prefix === "supabase") {
    return new Date(now).toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);
  }
  return String(index).padStart(4, "0");
}

/** Renames as drizzle-kit notes them in `_meta`: columns under the new name of their table. */
export function renameMeta(renames: Renames): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const column = (table: string, name: string): string => `"${table}"."${name}"`;
  return {
    schemas: {},
    tables: Object.fromEntries(renames.tables.map(({ from, to }) => [`"${from}"`, `"${to}"`])),
    columns: Object.fromEntries(
      renames.columns.map(({ table, from, to }) => [column(table, from), column(table, to)]),
    ),
  };
}

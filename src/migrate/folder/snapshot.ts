// drizzle's snapshots, of versions 5 and 6 (0.31) and 7 (1.0), read into a model. The only place that knows the formats.
import type { Renames } from "../schema/change.ts";
import { MigrationError } from "../errors.ts";
import type { Model } from "../schema/model.ts";
import { isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { readEntities, readEntityRenames } from "./entity-list.ts";
import { SnapshotReader } from "./snapshot-reader.ts";

/** A snapshot: what the schema is after a revision. */
export interface Snapshot {
  readonly id: string;
  /** The `id` of the snapshot before; zeros for the first. In version 7 several, if branches were merged. */
  readonly prevIds: readonly string[];
  readonly model: Model;
  /** What drizzle-kit was told of renames between the two. */
  readonly renames: Renames;
  /** The file as it is. */
  readonly text: string;
}

/** What stands before a first snapshot. */
export const originId = "00000000-0000-0000-0000-000000000000";

/**
 * Reads a snapshot.
 *
 * @throws {MigrationError} SNAPSHOT_INVALID, for a version that is not known, too.
 */
export function parseSnapshot(text: string, file: string): Snapshot {
  const content = parseJson(text, file);
  refuseOtherVersions(content, file);
  const read = new SnapshotReader(file);
  if (content["version"] === "7") {
    return {
      id: read.text(content, "id", "snapshot"),
      prevIds: read.texts(content, "prevIds", "snapshot"),
      model: readEntities(content, read),
      renames: readEntityRenames(read.texts(content, "renames", "snapshot")),
      text,
    };
  }
  const marks = read.optionalObject(read.optionalObject(content, "internal"), "indexes");
  return {
    id: read.text(content, "id", "snapshot"),
    prevIds: [read.text(content, "prevId", "snapshot")],
    model: {
      tables: Object.entries(read.object(content, "tables", "snapshot")).map(([key, value]) =>
        read.table(key, value, marks),
      ),
      views: Object.entries(read.optionalObject(content, "views")).map(([key, value]) =>
        read.view(key, value),
      ),
    },
    renames: readRenames(read.optionalObject(content, "_meta"), read),
    text,
  };
}

function parseJson(text: string, file: string): JsonObject {
  try {
    const content: unknown = JSON.parse(text);
    if (isObject(content)) return content;
  } catch (cause) {
    throw new MigrationError("SNAPSHOT_INVALID", `${file} is no JSON. Take it back from version control.`, {
      cause,
      place: { file },
    });
  }
  throw new MigrationError("SNAPSHOT_INVALID", `${file} is no snapshot: expected a JSON object.`, {
    place: { file },
  });
}

function refuseOtherVersions({ version, dialect }: JsonObject, file: string): void {
  const refuse = (message: string): never => {
    throw new MigrationError("SNAPSHOT_INVALID", `${file} ${message}`, { place: { file } });
  };
  if (dialect !== "sqlite" && dialect !== "turso") {
    refuse(`is of dialect ${JSON.stringify(dialect)}; the tool works with "sqlite" and "turso".`);
  }
  if (version === "5" || version === "6" || version === "7") return;
  refuse(
    Number(version) < 5
      ? `is of version ${String(version)}, expected 5, 6 or 7: run drizzle-kit up.`
      : `is of version ${JSON.stringify(version)}, expected 5, 6 or 7: it was written by another drizzle-kit than 0.31 or 1.0.`,
  );
}

/** Keys and values are `"table"`, or `"table"."column"` with the table's new name. */
function readRenames(meta: JsonObject, read: SnapshotReader): Renames {
  const pairs = (key: string) =>
    Object.entries(read.optionalObject(meta, key)).flatMap(([from, to]) =>
      typeof to === "string" ? [{ from, to }] : [],
    );
  return {
    tables: pairs("tables").flatMap(({ from, to }) => {
      const [old, name] = [/^"(.*)"$/s.exec(from)?.[1], /^"(.*)"$/s.exec(to)?.[1]];
      return old === undefined || name === undefined ? [] : [{ from: old, to: name }];
    }),
    columns: pairs("columns").flatMap(({ from, to }) => {
      const [, , old] = splitColumn(from);
      const [, table, name] = splitColumn(to);
      return old === undefined || table === undefined || name === undefined
        ? []
        : [{ table, from: old, to: name }];
    }),
  };
}

function splitColumn(text: string): readonly (string | undefined)[] {
  return /^"(.*?)"\."(.*)"$/s.exec(text) ?? [];
}

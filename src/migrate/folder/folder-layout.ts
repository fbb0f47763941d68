// The layout of drizzle-kit 1.0: a folder for each revision, `<UTC time>_<name>`, in the order of their names.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MigrationError } from "../errors.ts";
import { parseTag, type Tag } from "../history/revision.ts";
import type { Contents, Stray } from "./contents.ts";
import { type Place, scriptFiles } from "./place.ts";

/**
 * Reads which folders there are.
 *
 * @throws {MigrationError} REVISION_INVALID for a name without a time, SNAPSHOT_INVALID for another dialect.
 */
export async function readFolders(place: Place): Promise<Contents> {
  const tags = [...place.files]
    .flatMap((file) => /^([^/]+)\/(?:migration\.sql|snapshot\.json)$/.exec(file)?.[1] ?? [])
    .filter((name, at, all) => all.indexOf(name) === at)
    .toSorted((one, other) => one.localeCompare(other))
    .map((name) => parseTag(name));
  await refuseOtherDialect(place, tags.at(-1));
  return {
    dialect: "sqlite",
    entries: timesOf(tags, place).map(([tag, when], index) => ({
      tag,
      index,
      when,
      namedBy: place.name(tag),
    })),
    snapshotFile: (tag) => `${tag}/snapshot.json`,
    strays: findStrays(place, tags),
  };
}

/** Folders of one second are in the order of their names, for drizzle too: milliseconds that it does not have tell so. */
function timesOf(tags: readonly Tag[], place: Place): (readonly [tag: Tag, when: number])[] {
  let last = -Infinity;
  return tags.map((tag) => {
    last = Math.max(timeOf(tag, place), last + 1);
    return [tag, last];
  });
}

/** drizzle reads 14 digits as a moment in UTC. Source: drizzle-orm/migrator.utils. */
function timeOf(tag: Tag, { name }: Place): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?!\d)/.exec(tag) ?? [];
  const [year = Number.NaN, month = 1, ...rest] = parts.map(Number);
  const when = Date.UTC(year, month - 1, ...rest);
  if (!Number.isNaN(when)) return when;
  throw new MigrationError(
    "REVISION_INVALID",
    `${name(tag)} does not begin with a time such as 20261123093136: drizzle-kit 1.0 orders the revisions by it. Rename the ` +
      `folder, or move it elsewhere if it is no revision.`,
    { place: { revision: tag, file: name(tag) } },
  );
}

/** SQL of another dialect would be read without complaint, and understood wrongly. */
async function refuseOtherDialect({ folder, files, name }: Place, newest: Tag | undefined): Promise<void> {
  const file = `${newest}/snapshot.json`;
  if (!files.has(file)) return;
  const [, dialect] = /"dialect":\s*"(\w+)"/.exec(await readFile(join(folder, file), "utf8")) ?? [];
  if (dialect === undefined || dialect === "sqlite" || dialect === "turso") return;
  throw new MigrationError(
    "SNAPSHOT_INVALID",
    `${name(file)} is of dialect "${dialect}"; the tool works with "sqlite" and "turso".`,
    { place: { file: name(file) } },
  );
}

/** `drizzle-kit up` moves the upgrades into folders, and leaves the downgrades where they are. */
function findStrays({ files, name }: Place, tags: readonly Tag[]): Stray[] {
  return [...files]
    .filter((file) => /^\d+_[^/]*\.sql$/.test(file))
    .toSorted()
    .map((file) => {
      const [, title] = /^\d+_(.*)\.down\.sql$/.exec(file) ?? [];
      const owner = tags.find((tag) => tag.slice(15) === title);
      const advice =
        owner === undefined
          ? "no folder is named like it: remove it, or move it into the folder that it belongs to"
          : `\`drizzle-kit up\` has left it behind: move it to ${name(scriptFiles("folders", owner).down)}`;
      return { file: name(file), advice };
    });
}

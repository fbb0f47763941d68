// Which pending revisions are applied before a new Worker is up, and which only after it: what removes something
// breaks the Worker that still runs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DevError } from "../command/dev-error.ts";

/** Where each half of a release ends, by tag; undefined where that half has nothing to do. */
export interface ReleaseStages {
  /** Applied before the deployment, up to and with this one. */
  readonly expand: string | undefined;
  /** Applied after it. */
  readonly contract: string | undefined;
}

/** What a revision does to those who use the database while it is applied. */
export interface RevisionEffect {
  readonly tag: string;
  /** Tables, views and columns that only a newer Worker can use. */
  readonly adds: readonly string[];
  /** Those that an older Worker may still use. */
  readonly removes: readonly string[];
}

/**
 * Splits what is pending at the first revision that removes something.
 *
 * @throws {DevError} `DEPLOY_REFUSED` where no order fits both Workers: one revision adds and removes, or one that
 * adds stands behind one that removes.
 */
export function planStages(pending: readonly RevisionEffect[]): ReleaseStages {
  const first = pending.findIndex(({ removes }) => removes.length > 0);
  const before = first < 0 ? pending : pending.slice(0, first);
  const after = first < 0 ? [] : pending.slice(first);
  for (const { tag, adds, removes } of after) {
    if (removes.length > 0 && adds.length > 0) {
      throw refusal(
        `${tag} adds ${adds.join(", ")} and removes ${removes.join(", ")}: whether it is applied before the ` +
          "deployment or after it, one of the two Workers fails meanwhile. Make two revisions of it",
      );
    }
    if (removes.length === 0) {
      throw refusal(
        `${tag} may be needed by the new Worker and stands behind ${after[0]?.tag ?? ""}, which is applied after the ` +
          "deployment: deploy the commit before it first",
      );
    }
  }
  return { expand: before.at(-1)?.tag, contract: after.at(-1)?.tag };
}

/** Reads what each of these revisions does, from its snapshot, the one before it, and what its script says it removes. */
export function readEffects(revisionFolder: string, pending: readonly string[]): readonly RevisionEffect[] {
  const tags = readTags(revisionFolder);
  return pending.map((tag) => {
    const index = tags.indexOf(tag);
    const before = index > 0 ? readNames(revisionFolder, tags[index - 1] ?? "") : new Set<string>();
    const after = readNames(revisionFolder, tag);
    const gone = [...before].filter((name) => !after.has(name));
    return {
      tag,
      adds: [...after].filter((name) => !before.has(name)),
      removes: gone.length > 0 ? gone : readRemoved(revisionFolder, tag),
    };
  });
}

function readTags(revisionFolder: string): readonly string[] {
  const text = readFileSync(join(revisionFolder, "meta/_journal.json"), "utf8");
  const { entries } = JSON.parse(text) as { entries: readonly { readonly tag: string }[] };
  return entries.map(({ tag }) => tag);
}

interface Snapshot {
  readonly tables: Readonly<Record<string, { readonly columns: Readonly<Record<string, { type: string }>> }>>;
  readonly views?: Readonly<Record<string, unknown>>;
}

/** A column is named with its type: who reads the one cannot read the other. */
function readNames(revisionFolder: string, tag: string): ReadonlySet<string> {
  const file = join(revisionFolder, `meta/${tag.split("_")[0] ?? ""}_snapshot.json`);
  const { tables, views = {} } = JSON.parse(readFileSync(file, "utf8")) as Snapshot;
  const columns = Object.entries(tables).flatMap(([table, { columns: own }]) => [
    `table ${table}`,
    ...Object.entries(own).map(([name, { type }]) => `${table}.${name} (${type})`),
  ]);
  return new Set([...columns, ...Object.keys(views).map((view) => `view ${view}`)]);
}

/** What the head of the script says is removed: the only word on it where a script was written by hand. */
function readRemoved(revisionFolder: string, tag: string): readonly string[] {
  const head =
    /^(?:--[^\n]*\n|\s+)*/.exec(readFileSync(join(revisionFolder, `${tag}.sql`), "utf8"))?.[0] ?? "";
  return [...head.matchAll(/^-- eaves:removes (.+)$/gm)].map(([, what = ""]) => what);
}

function refusal(message: string): DevError {
  return new DevError("DEPLOY_REFUSED", message);
}

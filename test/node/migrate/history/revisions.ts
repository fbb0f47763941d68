// Revisions and histories for tests of the planner: `history("a", "b")` is 0000_a and 0001_b.
import { createHash } from "node:crypto";

import { buildHistory, type History } from "../../../../src/migrate/history/history.ts";
import { parseChecksum, parseTag, type Revision } from "../../../../src/migrate/history/revision.ts";
import { buildScript, readDown } from "../../../../src/migrate/history/script-text.ts";
import type { Applied } from "../../../../src/migrate/history/record.ts";

/** What a test may want to be otherwise. */
export interface RevisionOptions {
  readonly tag?: string;
  readonly index?: number;
  readonly when?: number;
  readonly up?: string;
  /** The text of the downgrade script; null for none. */
  readonly down?: string | null;
}

/** A revision that creates a table named after it, at a time of its own: 1000, 2000, … */
export function revision(name: string, position: number, options: RevisionOptions = {}): Revision {
  const tag = options.tag ?? `${String(position).padStart(4, "0")}_${name}`;
  const up = script(`drizzle/${tag}.sql`, options.up ?? `CREATE TABLE ${name} (id integer);`);
  const downFile = `drizzle/${tag}.down.sql`;
  const downText = options.down === undefined ? `DROP TABLE ${name};` : options.down;
  return {
    tag: parseTag(tag),
    layout: "journal",
    index: options.index ?? position,
    when: options.when ?? (position + 1) * 1000,
    up,
    checksums: [up.checksum],
    down: readDown(downFile, downText === null ? undefined : script(downFile, downText)),
  };
}

/** A sound history of revisions with these names. */
export function history(...names: readonly string[]): History {
  return buildHistory(names.map((name, position) => revision(name, position)));
}

/** Rows of the version table for these names of {@link history}. */
export function applied(revisions: History, ...names: readonly string[]): Applied[] {
  return names.map((name) => {
    const found = revisions.revisions.find(({ tag }) => tag.endsWith(`_${name}`));
    if (found === undefined) throw new TypeError(`no revision ${name}`);
    return { hash: found.up.checksum, when: found.when };
  });
}

function script(file: string, text: string) {
  return buildScript(file, text, parseChecksum(createHash("sha256").update(text).digest("hex")));
}

// How the revisions on disk and the rows of the version table fit together.
import type { History } from "./history.ts";
import { type Applied, isRowOf, isSameRow, isTextOf } from "./record.ts";
import type { Revision } from "./revision.ts";

/**
 * One revision, or one row that no revision explains. `drifted` was applied from another text, or under another `when` or name;
 * `missing` is in the database and not on disk.
 */
export type RevisionState =
  | { readonly status: "applied"; readonly revision: Revision; readonly applied: Applied }
  | { readonly status: "pending"; readonly revision: Revision }
  | {
      readonly status: "drifted";
      readonly revision: Revision;
      readonly applied: Applied;
      readonly differs: "text" | "when";
    }
  | { readonly status: "missing"; readonly applied: Applied };

/** The closed set of statuses. */
export type RevisionStatus = RevisionState["status"];

/** Where a database stands. `states` has the revisions in their order, then the missing ones by their time. */
export interface Status {
  readonly states: readonly RevisionState[];
  /** The newest revision that is applied; undefined at base. */
  readonly current: Revision | undefined;
  readonly head: Revision | undefined;
  /** Newest row of the version table, whether or not it is on disk; what a guard compares with. */
  readonly top: Applied | undefined;
  /** In order; those older than current are among them. */
  readonly pending: readonly Revision[];
  /** `ahead`: the database has newer revisions than the disk. `unknown`: what it has cannot be told from the disk. */
  readonly summary: "current" | "behind" | "ahead" | "unknown";
}

/** Matches revisions with rows. `applied` may be in any order; racing runners of drizzle-kit leave rows twice. */
export function readStatus(history: History, applied: readonly Applied[]): Status {
  const rows = applied.filter((row, at) => applied.findIndex((other) => isSameRow(other, row)) === at);
  const matches = matchRows(history.revisions, rows);
  const used = new Set([...matches.values()].map((match) => match.row));
  const missing = rows.filter((row) => !used.has(row)).toSorted((a, b) => a.when - b.when);
  const states = [
    ...history.revisions.map((revision) => stateOf(revision, matches.get(revision))),
    ...missing.map((row) => ({ status: "missing", applied: row }) as const),
  ];
  const current = history.revisions.findLast((revision) => matches.has(revision));
  const pending = history.revisions.filter((revision) => !matches.has(revision));
  const summary = summarize(states, history, pending.length);
  return { states, current, head: history.head, top: newest(rows), pending, summary };
}

/** The row of a revision, and what the two have in common. */
export interface Match {
  readonly row: Applied;
  readonly by: "both" | "when" | "text";
}

/** Which row is whose. Exact pairs first: empty revisions have equal texts, and must not take one another's rows. */
export function matchRows(
  revisions: readonly Revision[],
  rows: readonly Applied[],
): ReadonlyMap<Revision, Match> {
  const matches = new Map<Revision, Match>();
  const used = new Set<Applied>();
  const rules = {
    both: (revision: Revision, row: Applied) => isRowOf(row, revision) && isTextOf(row, revision),
    when: (revision: Revision, row: Applied) => isRowOf(row, revision),
    text: (revision: Revision, row: Applied) => isTextOf(row, revision),
  };
  for (const by of ["both", "when", "text"] as const) {
    for (const revision of revisions) {
      if (matches.has(revision)) continue;
      const row = rows.find((candidate) => !used.has(candidate) && rules[by](revision, candidate));
      if (row === undefined) continue;
      matches.set(revision, { row, by });
      used.add(row);
    }
  }
  return matches;
}

function stateOf(revision: Revision, match: Match | undefined): RevisionState {
  if (match === undefined) return { status: "pending", revision };
  if (match.by === "both") return { status: "applied", revision, applied: match.row };
  const differs = match.by === "when" ? "text" : "when";
  return { status: "drifted", revision, applied: match.row, differs };
}

function summarize(states: readonly RevisionState[], history: History, pending: number): Status["summary"] {
  const missing = states.flatMap((state) => (state.status === "missing" ? [state.applied] : []));
  if (states.some((state) => state.status === "drifted")) return "unknown";
  if (missing.length > 0) {
    const newer = missing.every((row) => row.when > (history.head?.when ?? -Infinity));
    return newer && pending === 0 ? "ahead" : "unknown";
  }
  return pending > 0 ? "behind" : "current";
}

function newest(rows: readonly Applied[]): Applied | undefined {
  return rows.toSorted((a, b) => a.when - b.when).at(-1);
}

// What the commands return. What `--json` prints is made of these, and is public API.
import type { ChangeClass } from "../schema/change.ts";
import type { HazardCode, HazardDescription } from "../hazards/hazard-codes.ts";
import type { Verdict } from "../hazards/hazard-judgement.ts";

/** How the database stands to the revisions on disk. */
export interface CurrentResult {
  readonly current: string | null;
  readonly head: string | null;
  readonly pending: readonly string[];
  /**
   * `ahead`: it has revisions that are not on disk. `unknown`: what it has cannot be told from the version table,
   * or differs from what is on disk.
   */
  readonly status: "current" | "behind" | "ahead" | "unknown";
}

/** One revision of the history. */
export interface HistoryEntry {
  readonly revision: string;
  readonly status: "applied" | "pending" | "drifted" | "missing";
  /** What taking it back means for data; `unknown` if no head comment says. */
  readonly class: ChangeClass;
  readonly reversible: boolean;
}

/** One revision in full, for people. */
export interface HistoryDetail extends HistoryEntry {
  readonly files: readonly string[];
  readonly up: string;
  readonly down: string | undefined;
  readonly irreversible: string | undefined;
}

/** One step of a plan that was not run. */
export interface PlannedMove {
  readonly direction: "upgrade" | "downgrade";
  readonly revision: string;
  readonly file: string;
  readonly statements: number;
  /** What a downgrade does to data; undefined for an upgrade. */
  readonly class: ChangeClass | undefined;
  /** What to know before it runs, one sentence each. */
  readonly hazards: readonly string[];
}

/** A danger of a pending revision, and what the rows of the database say to it. What is not known is null. */
export interface HazardReport {
  readonly code: HazardCode;
  readonly revision: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly statement: string;
  /** `table`, `table.column`, the name of an index or view, or the first words of a statement. */
  readonly on: string;
  readonly verdict: Verdict;
  /** Why it is allowed. */
  readonly reason: string | null;
  /** Rows, or values of a column, that are touched. */
  readonly rows: number | null;
  /** Rows that break a new rule; at most five are named, by their keys. */
  readonly violating: { readonly rows: number; readonly keys: readonly string[] } | null;
  /** Of a long lock: roughly how long it is held. */
  readonly seconds: number | null;
  /** All that is known, in a sentence. */
  readonly message: string;
}

/** A danger of a revision that was just made, without a database to ask. */
export interface HazardNotice {
  readonly code: HazardCode;
  readonly on: string;
  readonly remedy: string;
  /** Why its script allows it; null if it does not. */
  readonly allowed: string | null;
}

/** What a code means. */
export interface HazardExplanation extends HazardDescription {
  readonly code: HazardCode;
  /** What `upgrade` does about it. */
  readonly upgrade: string;
  /** The line that accepts it; null if it cannot be accepted. */
  readonly allow: string | null;
}

/** What an upgrade or a downgrade did, by tag. */
export interface MoveResult {
  readonly executed: readonly string[];
  readonly remaining: readonly string[];
  /** What the database is at afterwards, or would be: a tag, or null for base. */
  readonly current: string | null;
  /** Only if the command stopped after the plan. */
  readonly plan: readonly PlannedMove[] | undefined;
  /** Only with `--sql`. */
  readonly script: string | undefined;
  /** Of what was to be upgraded; none of a downgrade. */
  readonly hazards: readonly HazardReport[];
}

/** What a stamp did. */
export interface StampResult {
  readonly from: string | null;
  readonly to: string | null;
  readonly script: string | undefined;
}

/** What accepting an edit did; null if the revision is as it was applied. */
export interface EditResult {
  readonly accepted: string | null;
}

/** One thing that is not as it should be. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly revision?: string;
  readonly file?: string;
  readonly line?: number;
  /** What in the schema differs: `table users`, `index ix_users_email`; then also how. Null for a side that is not there. */
  readonly object?: string;
  readonly expected?: string | null;
  readonly found?: string | null;
  /** The command that fixes it, as it follows `db`; or what to do if no command can. */
  readonly fix?: string;
}

/** What `check` found. */
export interface CheckResult {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** What is worth knowing and wants no fix. */
  readonly notes: readonly string[];
  /** Whether there was a database to look at; if not, the files alone were compared. */
  readonly database: boolean;
}

/** How one revision did on a scratch database. */
export interface ProvenRevision {
  readonly revision: string;
  readonly upgrade: "ok" | "failed";
  readonly downgrade: "proven" | "unproven" | "none";
  readonly class: ChangeClass;
  /** Why it failed or is not proven; null if there is nothing to say. */
  readonly reason: string | null;
}

/** What `adopt` and `check --prove` found. */
export interface ProofResult {
  readonly revisions: readonly ProvenRevision[];
  /** Files that `adopt` wrote. */
  readonly written: readonly string[];
}

/** What `revision` made; `revision` is null if there was nothing to do. */
export interface RevisionResult {
  readonly revision: string | null;
  readonly files: readonly string[];
  readonly class: ChangeClass;
  readonly upgrade: "ok" | "failed";
  readonly downgrade: "proven" | "unproven" | "none";
  readonly reason: string | null;
  /** Why the upgrade is the tool's own and not drizzle-kit's; null if it is drizzle-kit's. */
  readonly rewritten: string | null;
  /** What the proof ran on. */
  readonly by: string | null;
  readonly hazards: readonly HazardNotice[];
  /** The texts of the files, by name; only if nothing was written. */
  readonly texts: Readonly<Record<string, string>> | undefined;
}

/** What `revision --rebase` moved; nothing if the revisions are in order. */
export interface RebaseResult {
  readonly moved: readonly { readonly from: string; readonly to: string }[];
  /** Written and removed ones. */
  readonly files: readonly string[];
}

/** One archive of removed values. */
export interface ArchiveEntry {
  readonly revision: string | null;
  /** The table that keeps the values. */
  readonly object: string;
  readonly rows: number;
  readonly bytes: number;
  /** Milliseconds; null if it is not known when it was made. */
  readonly age: number | null;
}

/** What pruning dropped, or would drop. */
export interface PruneResult {
  readonly pruned: readonly string[];
  readonly script: string | undefined;
}

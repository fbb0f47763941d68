// What is dangerous in a new revision, and what was decided about it while it was made: so that nobody is asked twice.
import type { Proposal } from "../../proof/proposal.ts";
import type { Removal, Renames } from "../../schema/change.ts";
import { findHazards } from "../../hazards/find-hazards.ts";
import { describeCode, type HazardCode } from "../../hazards/hazard-codes.ts";
import type { HeadNote } from "../../history/head-notes.ts";
import { renderScript } from "../../history/script-text.ts";
import { foldName } from "../../sql/sql-tokens.ts";
import type { HazardNotice } from "../results.ts";

/** The hazards of an upgrade, over the schema that it begins with. */
export function noticeHazards(proposal: Proposal, renames: Renames): HazardNotice[] {
  const found = findHazards([renderScript([], proposal.up)], proposal.before);
  return found.map(({ code, on }) => {
    // A line allows a code for the whole script: one of its kind that nobody was asked about, and it is left open.
    const own = found.filter((hazard) => hazard.code === code);
    const isDecided = own.every((hazard) => wasAsked(code, foldName(hazard.on), proposal.removals, renames));
    const { remedy } = describeCode(code);
    return { code, on, remedy, allowed: isDecided ? reasonOf(code, proposal) : null };
  });
}

function reasonOf(code: HazardCode, { archives }: Proposal): string {
  if (code === "RENAMES_TABLE" || code === "RENAMES_COLUMN") return "named with --rename";
  return archives === undefined
    ? "given up (revision --no-archive)"
    : "kept in an archive (revision --archive)";
}

function wasAsked(code: HazardCode, on: string, removals: readonly Removal[], renames: Renames): boolean {
  if (code === "RENAMES_TABLE") return renames.tables.some(({ from }) => foldName(from) === on);
  if (code === "RENAMES_COLUMN") return renames.columns.some(({ from }) => on.endsWith(`.${foldName(from)}`));
  const kind = code === "DROPS_TABLE" ? "table" : code === "DROPS_COLUMN" ? "column" : undefined;
  return removals.some((removal) => removal.kind === kind && namesOf(removal, renames).includes(on));
}

/** What is removed, under the names that its table has before and after the revision. */
function namesOf({ table, column }: Removal, { tables }: Renames): string[] {
  const others = tables.flatMap(({ from, to }) => {
    if (foldName(from) === foldName(table)) return [to];
    return foldName(to) === foldName(table) ? [from] : [];
  });
  return [table, ...others].map((name) => foldName(column === undefined ? name : `${name}.${column}`));
}

/** What stands in the head of the script. */
export function noteHazards(notices: readonly HazardNotice[]): HeadNote[] {
  const reasons = new Map<HazardCode, string>();
  for (const { code, allowed } of notices) if (allowed !== null) reasons.set(code, allowed);
  return [
    ...notices.map(({ code, on }) => ({ key: "hazard", value: `${code} ${on}` })),
    ...[...reasons].map(([code, reason]) => ({ key: "allow", value: `${code} ${reason}` })),
  ];
}

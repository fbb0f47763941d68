// The hazards of what is pending, as `check` reports them: what wants a decision, and what is only worth knowing.
import type { Capture } from "../../schema/capture.ts";
import { findHazards } from "../../hazards/find-hazards.ts";
import { readAllowances } from "../../history/hazard-allowance.ts";
import { answerTo } from "../../hazards/hazard-codes.ts";
import type { Revision } from "../../history/revision.ts";
import { readCapture } from "../../runtime/capture-reader.ts";
import type { Database } from "../../runtime/connection.ts";
import { describeFix, describeReport } from "../moves/hazard-texts.ts";
import { assessHazards } from "../moves/hazards.ts";
import type { CheckResult, Finding, HazardReport } from "../results.ts";

/**
 * Looks at pending revisions. `captures` are the schemas before each of them, by its index, as far as they could be
 * replayed.
 */
export async function reportHazards(
  database: Database,
  pending: readonly Revision[],
  captures: ReadonlyMap<number, Capture>,
): Promise<Pick<CheckResult, "findings" | "notes">> {
  if (pending.length === 0) return { findings: [], notes: [] };
  const all = await assessHazards(database, pending, await readCapture(database));
  // What must not be run at all is found in the files: REVISION_INVALID.
  const hazards = all.filter(({ code }) => answerTo(code) !== "never");
  const isOpen = ({ verdict }: HazardReport) => verdict === "refused" || verdict === "warned";
  return {
    findings: hazards.filter(isOpen).map(findingOf),
    notes: [
      ...hazards.filter((hazard) => !isOpen(hazard)).map(describeReport),
      ...pending.flatMap((revision) => listStale(revision, captures.get(revision.index))),
    ],
  };
}

function findingOf({ code, message, revision, file, line, verdict }: HazardReport): Finding {
  const fate = verdict === "refused" ? "; `upgrade` refuses it" : "";
  return { code, message: `${message}${fate}`, revision, file, line, fix: describeFix(code, file) };
}

/** Lines that allow what their script does not do, judged by the schema that the revision before it leaves. */
function listStale({ up }: Revision, before: Capture | undefined): string[] {
  const { allowances } = readAllowances(up.text);
  if (before === undefined || allowances.length === 0) return [];
  const codes = new Set(findHazards([up.text], before).map(({ code }) => code));
  return allowances
    .filter(({ code }) => !codes.has(code))
    .map(
      ({ code, line }) =>
        `${up.file}:${line} allows ${code}, which the script does not have: remove the line`,
    );
}

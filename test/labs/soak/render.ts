// Writes what came of a run as text. Pure.
import type { SoakReport } from "./run.ts";

/** The report as tables, and at its end whether all held. */
export function renderReport(report: SoakReport): string {
  const { seed, seconds, closes, forgivenMs, lockedOut } = report;
  const sent = Object.values(report.requests).reduce((sum, { sent: own }) => sum + own, 0);
  const ends = Object.entries(closes).map(([how, count]) => `${count} ${how}`);
  return [
    `Soak: seed ${seed}, ${seconds} s, ${sent} requests`,
    "",
    ...renderRequests(report),
    "",
    ...renderFaults(report),
    "",
    ...renderOutages(report),
    `sessions by the Worker's log: ${ends.toSorted().join(", ")}`,
    `a deadline was exceeded for want of CPU by at most ${forgivenMs} ms`,
    `requests of the calm end not judged, the database being locked: ${lockedOut}`,
    "",
    ...renderVerdicts(report),
    "",
    verdictOf(report),
  ].join("\n");
}

function verdictOf({ seed, seconds, planted, verdicts }: SoakReport): string {
  const broken = verdicts.filter((verdict) => verdict.broken > 0).map(({ invariant }) => invariant);
  if (broken.length === 0) return `All ${verdicts.length} invariants held.`;
  const again = `npm run soak -- --seconds ${seconds} --seed ${seed}`;
  return `BROKEN: ${broken.join("; ")}\nAgain: ${again}${planted === undefined ? "" : ` --planted ${planted}`}`;
}

function renderRequests({ requests }: SoakReport): readonly string[] {
  const rows = Object.entries(requests)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([kind, { sent, slowestMs, answers }]) => {
      const counts = Object.entries(answers)
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([name, count]) => `${count} x ${name}`);
      return [kind, String(sent), `${slowestMs} ms`, counts.join(", ")];
    });
  return renderTable(["request", "sent", "slowest", "answers"], rows, [1, 2]);
}

function renderFaults({ faults }: SoakReport): readonly string[] {
  const rows = Object.entries(faults).map(([words, count]) => [words, String(count)]);
  return renderTable(["fault on the way to the database", "struck"], rows, [1]);
}

function renderOutages({ outages }: SoakReport): readonly string[] {
  if (outages.length === 0) return [];
  const milliseconds = (value: number | undefined) => (value === undefined ? "-" : `${value} ms`);
  const rows = outages.map(({ how, at, until, slowestReadyMs, normalAfterMs, lockedMs }) => [
    how,
    `${(at / 1_000).toFixed(1)} s`,
    `${until - at} ms`,
    milliseconds(slowestReadyMs),
    normalAfterMs === undefined ? "NEVER" : `${normalAfterMs} ms`,
    `${lockedMs} ms`,
  ]);
  const head = ["outage", "began at", "lasted", "slowest /ready", "normal after", "of it locked"];
  return [...renderTable(head, rows, [1, 2, 3, 4, 5]), ""];
}

function renderVerdicts({ verdicts }: SoakReport): readonly string[] {
  const rows = verdicts.map(({ invariant, checked, broken }) => [
    invariant,
    String(checked),
    String(broken),
    broken > 0 ? "BROKEN" : checked === 0 ? "not tried" : "held",
  ]);
  const table = renderTable(["invariant", "checked", "broken", ""], rows, [1, 2]);
  const found = verdicts.flatMap(({ invariant, found: words }) =>
    words.map((text) => `  ${invariant}: ${text}`),
  );
  return [...table, ...found];
}

function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly number[],
): readonly string[] {
  const all = [head, ...rows];
  const widths = head.map((_title, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) =>
        numbers.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

// Writes what a run of the matrix has found into the migration chapter, between its markers. Failures stand there as failures.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { SchemaChange } from "../../../fixtures/schema-changes/schema-change.ts";
import type { Cell } from "./cell.ts";
import { scoreRows } from "./score.ts";

/** One change and everything that was found of it. */
export interface Line {
  readonly change: SchemaChange;
  /** By author and place: `turso on server`. */
  readonly cells: ReadonlyMap<string, Cell>;
  /** What drizzle-kit alone makes of it, dialects sqlite and turso. */
  readonly drizzle: readonly string[];
}

const chapter = fileURLToPath(new URL("../../../../drizzle/matrix.md", import.meta.url));

/** Rewrites the tables where they differ from what was found. */
export async function writeTables(lines: readonly Line[]): Promise<void> {
  const before = await readFile(chapter, "utf8");
  const filled = put(put(before, "matrix", matrixTable(lines)), "score", scoreTable(lines));
  if (filled !== before) await writeFile(chapter, filled);
}

function put(text: string, name: string, table: string): string {
  const [start, end] = [`<!-- ${name}: written by npm run test:long -->`, `<!-- /${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to < from)
    throw new Error(`${chapter} has no place for the ${name}: expected ${start} and ${end}`);
  return `${text.slice(0, from + start.length)}\n${table}\n${text.slice(to)}`;
}

const cellText = (text: string) => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ").slice(0, 90);

function matrixTable(lines: readonly Line[]): string {
  const names = [...new Set(lines.flatMap(({ cells }) => [...cells.keys()]))];
  const green = lines.filter(({ cells }) =>
    [...cells.values()].every(({ faults }) => faults.length === 0),
  ).length;
  const plain = [0, 1].map((dialect) => lines.filter(({ drizzle }) => drizzle[dialect] === "ok").length);
  const head = ["change", "drizzle-kit alone, sqlite", "drizzle-kit alone, turso", ...names];
  const rows = lines.map(({ change, cells, drizzle }) => [
    change.name,
    ...[0, 1].map((dialect) => drizzle[dialect] ?? ""),
    ...names.map((name) => describeCell(cells.get(name))),
  ]);
  const summary = `${lines.length} changes: the tool passes ${green}; drizzle-kit alone ${plain[0]} (sqlite) and ${plain[1]} (turso).`;
  return [summary, "", ...markdown(head, rows)].join("\n");
}

function describeCell(cell: Cell | undefined): string {
  if (cell === undefined) return "";
  const [fault] = cell.faults;
  if (fault !== undefined) return `FAILED ${fault}`;
  return cell.upgrade === "refused"
    ? "refused beforehand"
    : `ok, ${cell.upgrade === "drizzle" ? "kept" : "rewritten"}`;
}

function scoreTable(lines: readonly Line[]): string {
  const rows = scoreRows(lines);
  const passes = (column: number) => rows.filter(({ original }) => original[column] === "ok").length;
  const byHand = rows.filter(({ original }) => original[5] !== "-").length;
  const head = ["#", "change", "A", "B", "C", "D", "E", "by hand", "Eaves"];
  const body = rows.map(({ number, change, original, ours }) => [
    String(number),
    change,
    ...original,
    ours === "ok" ? "ok" : `FAILED ${ours}`,
  ]);
  const ours = rows.filter((row) => row.ours === "ok").length;
  const total = [
    "",
    "full pass",
    ...[0, 1, 2, 3, 4].map((column) => String(passes(column))),
    `${passes(5)} of ${byHand}`,
    `${ours} of ${rows.length}`,
  ];
  return markdown(head, [...body, total.map((text) => (text === "" ? "" : `**${text}**`))]).join("\n");
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(" | ")} |`;
  return [line(head), `|${head.map(() => "--").join("|")}|`, ...rows.map(line)];
}

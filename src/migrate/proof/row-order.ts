// In which order tables are filled so that every foreign key finds its parent.
import type { Capture, CapturedTable } from "../schema/capture.ts";
import { foldName } from "../sql/sql-tokens.ts";
import type { TableDefinition } from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** A table that takes rows. */
export interface FillableTable {
  readonly captured: CapturedTable;
  readonly definition: TableDefinition;
}

/** Ordinary tables, parents first. Where keys go in a circle, whatever stands first in the schema comes first. */
export function orderTables(capture: Capture): FillableTable[] {
  const waiting = new Map<string, FillableTable>();
  for (const captured of capture.tables) {
    if (captured.kind !== "table") continue;
    waiting.set(foldName(captured.name), { captured, definition: parseTable(captured.sql) });
  }
  const ordered: FillableTable[] = [];
  while (waiting.size > 0) {
    const [name, table] = nextTable(waiting);
    waiting.delete(name);
    ordered.push(table);
  }
  return ordered;
}

function nextTable(waiting: ReadonlyMap<string, FillableTable>): [string, FillableTable] {
  const entries = [...waiting];
  const waits = ([name, { definition }]: [string, FillableTable]): boolean =>
    definition.foreignKeys.some(({ parent }) => foldName(parent) !== name && waiting.has(foldName(parent)));
  const free = entries.find((entry) => !waits(entry)) ?? entries[0];
  if (free === undefined) throw new TypeError("no table is waiting");
  return free;
}

// Full-text indexes (FTS5) that read their rows from a table, or keep none.
import type { CapturedTable } from "./capture.ts";
import { quoteName } from "../sql/sql-tokens.ts";

/** Fills a full-text index over the rows of another table, which it does not see when it is made. */
export function rebuildIndexTable(table: CapturedTable): string | undefined {
  if (!readsContent(table)) return undefined;
  return `INSERT INTO ${quoteName(table.name)} (${quoteName(table.name)}) VALUES ('rebuild')`;
}

/** Whether a virtual table is a full-text index that keeps no rows of its own but reads those of a table. */
export function readsContent(table: CapturedTable): boolean {
  return isFullText(table) && /\bcontent\s*=\s*(?!''|""|``|[,)\s])/i.test(table.sql);
}

/** Whether a virtual table is a full-text index that keeps no rows at all. */
export function isContentless(table: CapturedTable): boolean {
  return isFullText(table) && /\bcontent\s*=\s*(?:''|""|``|[,)])/i.test(table.sql);
}

function isFullText(table: CapturedTable): boolean {
  return table.kind === "virtual" && /\busing\s+fts[345]\b/i.test(table.sql);
}

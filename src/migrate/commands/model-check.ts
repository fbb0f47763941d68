// Whether a schema has what a snapshot says. Only tables and columns: of the rest a snapshot knows too little.
import { type Capture, findTable } from "../plan/capture.ts";
import type { Model } from "../plan/model.ts";
import { sameName } from "../plan/sql-tokens.ts";

/** What differs, one sentence each. Tables that the snapshot does not know are nobody's business: hand-made, or FTS. */
export function compareWithModel(model: Model, capture: Capture): string[] {
  return model.tables.flatMap((wanted) => {
    const table = findTable(capture, wanted.name);
    if (table === undefined) return [`table ${wanted.name} is missing`];
    const lacking = wanted.columns.filter(
      ({ name }) => !table.columns.some((column) => sameName(column.name, name)),
    );
    const surplus = table.columns.filter(
      ({ name }) => !wanted.columns.some((column) => sameName(column.name, name)),
    );
    return [
      ...lacking.map(({ name }) => `column ${wanted.name}.${name} is missing`),
      ...surplus.map(({ name }) => `column ${wanted.name}.${name} is there, and the snapshot has none`),
    ];
  });
}

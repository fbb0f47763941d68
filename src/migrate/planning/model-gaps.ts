// Whether a schema has what a model demands, part by part. What was made by hand beside it is no gap.
import { type Capture, findTable } from "../schema/capture.ts";
import { noRenames } from "../schema/change.ts";
import { emptyModel, type Model, type ModelTable } from "../schema/model.ts";
import { defineForeignKey } from "../schema/model-definition.ts";
import { diffCaptures, type Difference } from "../schema/schema-diff.ts";
import { foldName, sameName } from "../sql/sql-tokens.ts";
import { describeForeignKey } from "../sql/table-compare.ts";
import { parseTable } from "../sql/table-parser.ts";
import { keyIdentity } from "./wanted-keys.ts";
import { modelTable } from "./wanted-objects.ts";
import { buildWanted } from "./wanted.ts";

/**
 * What a model demands and a schema lacks or has otherwise (`expected` is the model's), and columns that the schema has in
 * a table of the model and the model does not know.
 */
export function findModelGaps(model: Model, schema: Capture): Difference[] {
  const demanded = buildWanted({ before: schema, previous: emptyModel, next: model, renames: noRenames });
  return [...diffCaptures(demanded, schema, { ignoreColumnOrder: true }), ...surplusColumns(model, schema)];
}

/**
 * Gaps between a snapshot and what the revisions make. An index or view that is there in another form is none: scripts
 * are edited for what a snapshot cannot say.
 *
 * @param older gives the snapshots before it; called only if the schema has a foreign key that this one lacks.
 */
export function findSnapshotGaps(
  model: Model,
  schema: Capture,
  older: () => readonly Model[] = () => [],
): Difference[] {
  const gaps = findModelGaps(model, schema).filter(
    ({ object, found }) => object.startsWith("table ") || found === undefined,
  );
  return [...gaps, ...droppedKeys(model, schema, older)];
}

/** Foreign keys that an older snapshot has, the newest has not, and the schema still has: their drop did nothing. */
function droppedKeys(model: Model, schema: Capture, older: () => readonly Model[]): Difference[] {
  const identify = keyIdentity(schema, noRenames);
  const identitiesIn = (table: ModelTable | undefined) =>
    new Set((table?.foreignKeys ?? []).map((key) => identify(defineForeignKey(key))));
  return model.tables.flatMap((table) => {
    const captured = findTable(schema, table.name);
    if (captured?.kind !== "table") return [];
    const known = identitiesIn(table);
    const surplus = parseTable(captured.sql).foreignKeys.filter((key) => !known.has(identify(key)));
    if (surplus.length === 0) return [];
    const dropped = older().map((past) => identitiesIn(modelTable(past, table.name)));
    return surplus
      .filter((key) => dropped.some((keys) => keys.has(identify(key))))
      .map((key) => ({
        object: `table ${foldName(table.name)}`,
        expected: undefined,
        found: describeForeignKey(key),
      }));
  });
}

function surplusColumns(model: Model, schema: Capture): Difference[] {
  return model.tables.flatMap(({ name, columns }) => {
    const found = findTable(schema, name)?.columns ?? [];
    return found
      .filter((column) => !columns.some((known) => sameName(known.name, column.name)))
      .map((column) => ({
        object: `table ${foldName(name)}`,
        expected: undefined,
        found: `column ${column.name} ${column.type}`.trimEnd(),
      }));
  });
}

/** Tables, indexes and views, by the name that a {@link Difference} has, of which the model says nothing. */
export function isInModel(model: Model, object: string): boolean {
  const names = [
    ...model.tables.flatMap(({ name, indexes }) => [
      `table ${foldName(name)}`,
      ...indexes.map((index) => `index ${foldName(index.name)}`),
    ]),
    ...model.views.map(({ name }) => `view ${foldName(name)}`),
  ];
  return names.includes(object);
}

// Whether a schema has what a model demands, part by part. What was made by hand beside it is no gap.
import { type Capture, findTable } from "./capture.ts";
import { noRenames } from "./change.ts";
import { emptyModel, type Model } from "./model.ts";
import { diffCaptures, type Difference } from "./schema-diff.ts";
import { foldName, sameName } from "./sql-tokens.ts";
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
 */
export function findSnapshotGaps(model: Model, schema: Capture): Difference[] {
  return findModelGaps(model, schema).filter(
    ({ object, found }) => object.startsWith("table ") || found === undefined,
  );
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

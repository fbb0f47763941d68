// What a drizzle snapshot says a schema is, without the snapshot's format: read by script/snapshot.ts.

/** One column. SQL fragments are as drizzle keeps them, ready to be put into a statement. */
export interface ModelColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly primaryKey: boolean;
  readonly autoincrement: boolean;
  /** SQL text of the default, such as `'x'`, `0` or `(unixepoch())`; undefined if there is none. */
  readonly defaultValue: string | undefined;
  readonly generated: { readonly expression: string; readonly kind: "virtual" | "stored" } | undefined;
}

/** One index. */
export interface ModelIndex {
  readonly name: string;
  readonly unique: boolean;
  /** A column's name, or an expression with its order and collation, as written in the schema. */
  readonly parts: readonly { readonly text: string; readonly isExpression: boolean }[];
  readonly where: string | undefined;
}

/** One foreign key. Actions in upper case; undefined if the snapshot has none or `no action`. */
export interface ModelForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly parentColumns: readonly string[];
  readonly onDelete: string | undefined;
  readonly onUpdate: string | undefined;
}

/** One table. */
export interface ModelTable {
  readonly name: string;
  readonly columns: readonly ModelColumn[];
  readonly indexes: readonly ModelIndex[];
  readonly foreignKeys: readonly ModelForeignKey[];
  /** Column lists of composite primary keys; a single-column key is on its column. */
  readonly primaryKey: readonly string[] | undefined;
  readonly uniques: readonly { readonly name: string; readonly columns: readonly string[] }[];
  readonly checks: readonly { readonly name: string; readonly expression: string }[];
}

/** One view; `definition` is missing for a view that drizzle is told exists. */
export interface ModelView {
  readonly name: string;
  readonly definition: string | undefined;
}

/** A schema as a snapshot has it. */
export interface Model {
  readonly tables: readonly ModelTable[];
  readonly views: readonly ModelView[];
}

/** The schema of no snapshot at all. */
export const emptyModel: Model = { tables: [], views: [] };

// What the tables are made of, and what every stack is asked: texts, so that no stack brings a library to the others.

/** Ids are from 1 to this. */
export const itemCount = 1_000;

/** Makes the tables and their rows; `counters` has one row for each item. */
export const setUp: readonly string[] = [
  "CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, price integer NOT NULL)",
  "CREATE TABLE notes (id integer PRIMARY KEY, item integer NOT NULL, text text NOT NULL)",
  "CREATE TABLE counters (item integer PRIMARY KEY, notes integer NOT NULL)",
  `INSERT INTO items WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${itemCount}) SELECT id, 'Item ' || id, id * 10 FROM n`,
  "INSERT INTO counters SELECT id, 0 FROM items",
];

/** What a request that writes carries. */
export interface NewNote {
  readonly item: number;
  readonly text: string;
}

/** How many rows the list has. */
export const listLength = 50;
/** How many rows the batch adds. */
export const batchLength = 5;

// Pages of rows in the order of their ids, by a cursor that only this file reads.
import { gt } from "drizzle-orm";
import type { Column, SQL } from "drizzle-orm";

/** Which page. */
export interface PageQuery {
  /** The most rows on a page. */
  readonly limit: number;
  /** The id that the cursor holds: the page begins behind it. Undefined for the first page. */
  readonly cursor?: number;
}

/** The rows of a page; `next` is the cursor of the following page, null on the last one. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: string | null;
}

/**
 * Reads a page in one query. It asks for one row more than the page has, to learn whether another page follows.
 *
 * @param select gives the first rows behind the cursor, in the order of their ids, at most so many.
 */
export async function readPage<Row extends { readonly id: number }>(
  { limit }: PageQuery,
  select: (most: number) => PromiseLike<readonly Row[]>,
): Promise<Page<Row>> {
  const found = await select(limit + 1);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, next: found.length > limit && last !== undefined ? writeCursor(last.id) : null };
}

/** The rows behind the cursor, for the WHERE of a page. */
export function behindCursor(id: Column, { cursor }: PageQuery): SQL | undefined {
  return cursor === undefined ? undefined : gt(id, cursor);
}

/** The longest id that a JavaScript number holds exactly has 16 digits. */
const idPattern = /^[1-9]\d{0,15}$/;

/** The id in a path: a positive safe integer in its plain form, otherwise undefined. */
export function parseId(text: string): number | undefined {
  const id = idPattern.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(id) ? id : undefined;
}

/** Where the page after the row with this id begins. */
export function writeCursor(id: number): string {
  return btoa(`after:${id}`).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The id that {@link writeCursor} was given; undefined for any other text. */
export function parseCursor(text: string): number | undefined {
  if (!/^[\w-]{1,64}$/.test(text) || text.length % 4 === 1) return undefined;
  const decoded = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const id = decoded.startsWith("after:") ? parseId(decoded.slice("after:".length)) : undefined;
  // Base64 has several texts for some values; only the one that was handed out is a cursor.
  return id !== undefined && writeCursor(id) === text ? id : undefined;
}

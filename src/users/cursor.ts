// Ids and cursors as callers send them. A cursor is opaque: only this file knows that it holds an id.

/** The longest id that a JavaScript number holds exactly has 16 digits. */
const idPattern = /^[1-9]\d{0,15}$/;

/** The id in a path: a positive safe integer in its plain form, otherwise undefined. */
export function parseUserId(text: string): number | undefined {
  const id = idPattern.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(id) ? id : undefined;
}

/** Where the page after the user with this id begins. */
export function writeCursor(id: number): string {
  return btoa(`after:${id}`).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The id that {@link writeCursor} was given; undefined for any other text. */
export function parseCursor(text: string): number | undefined {
  if (!/^[\w-]{1,64}$/.test(text) || text.length % 4 === 1) return undefined;
  const decoded = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const id = decoded.startsWith("after:") ? parseUserId(decoded.slice("after:".length)) : undefined;
  // Base64 has several texts for some values; only the one that was handed out is a cursor.
  return id !== undefined && writeCursor(id) === text ? id : undefined;
}

// What a person means by head, base, +1, -1, 3, 0003_add_bio or bio.
import { MigrationError } from "../errors.ts";
import type { History } from "./history.ts";
import type { Revision } from "./revision.ts";

/** Where to go: a revision, or base, which is before the first. */
export type Target = { readonly kind: "base" } | { readonly kind: "revision"; readonly revision: Revision };

/** Before the first revision. */
export const base: Target = { kind: "base" };

/** A target's place in the history: the revision's index, or -1 for base. */
export function positionOf(target: Target): number {
  return target.kind === "base" ? -1 : target.revision.index;
}

/**
 * Finds the target that a text names. The closest meaning wins: the tag, its number, its name, its beginning, a part of it.
 *
 * @param current the newest revision that is applied, which +N and -N count from; undefined at base.
 * @throws {MigrationError} TARGET_UNKNOWN, TARGET_AMBIGUOUS, TARGET_NOT_REACHABLE (+N or -N beyond the ends).
 */
export function resolveTarget(history: History, text: string, current: Revision | undefined): Target {
  if (text === "base") return base;
  if (text === "head") return targetAt(history, history.revisions.length - 1);
  if (/^[+-]\d+$/.test(text)) return relativeTarget(history, text, current);
  for (const means of meanings(text)) {
    const found = history.revisions.filter((revision) => means(revision.tag));
    const [only] = found;
    if (found.length > 1) throw ambiguous(text, found);
    if (only !== undefined) return { kind: "revision", revision: only };
  }
  throw unknown(text, history);
}

function targetAt(history: History, position: number): Target {
  const revision = history.revisions[position];
  return revision === undefined ? base : { kind: "revision", revision };
}

function relativeTarget(history: History, text: string, current: Revision | undefined): Target {
  const from = current?.index ?? -1;
  const position = from + Number(text);
  const last = history.revisions.length - 1;
  if (position >= -1 && position <= last) return targetAt(history, position);
  const [room, end] = text.startsWith("+") ? [last - from, "head"] : [from + 1, "base"];
  throw new MigrationError(
    "TARGET_NOT_REACHABLE",
    `${text} was asked for, but from ${current?.tag ?? "base"} there ${room === 1 ? "is 1 revision" : `are ${room} revisions`} ` +
      `to ${end}. Ask for ${end}, or for less.`,
    { details: { target: text, current: current?.tag ?? null, available: room } },
  );
}

/** From the strictest to the loosest; an empty text means nothing. */
function meanings(text: string): ((tag: string) => boolean)[] {
  if (text === "") return [];
  const lower = text.toLowerCase();
  const digits = /^\d+$/.test(text) ? withoutZeros(text) : undefined;
  return [
    (tag) => tag === text,
    (tag) => digits !== undefined && withoutZeros(numberOf(tag)) === digits,
    (tag) => tag.slice(numberOf(tag).length + 1) === text,
    (tag) => tag.toLowerCase().startsWith(lower),
    (tag) => tag.toLowerCase().includes(lower),
  ];
}

function numberOf(tag: string): string {
  return /^\d*(?=_)/.exec(tag)?.[0] ?? "";
}

function withoutZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, "");
}

function ambiguous(text: string, found: readonly Revision[]): MigrationError {
  const tags = found.map((revision) => revision.tag);
  return new MigrationError(
    "TARGET_AMBIGUOUS",
    `"${text}" may mean ${tags.slice(0, 5).join(", ")}${tags.length > 5 ? ` and ${tags.length - 5} more` : ""}. ` +
      `Give the number or the whole tag.`,
    { details: { target: text, candidates: tags } },
  );
}

function unknown(text: string, history: History): MigrationError {
  const tags = history.revisions.map((revision) => revision.tag);
  const known = tags.length === 0 ? "there are none" : `the newest are ${tags.slice(-3).join(", ")}`;
  return new MigrationError(
    "TARGET_UNKNOWN",
    `No revision is meant by "${text}" (${known}). Expected head, base, +N, -N, a number, a tag or a part of one.`,
    { details: { target: text } },
  );
}

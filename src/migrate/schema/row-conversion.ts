// What becomes of a value when it is stored in a column of another affinity, on the literals that rows are read as.
import type { Affinity } from "../sql/affinity.ts";

/**
 * What a literal is expected to be after a conversion, in a form that {@link canonicalLiteral} gives what was found.
 * Source: "Datatypes In SQLite", section 3; a text counts as a number only if all of it is one.
 */
export function convertLiteral(literal: string, affinity: Affinity): string {
  if (literal === "NULL" || isBlob(literal) || affinity === "blob")
    return canonicalLiteral(literal, affinity);
  const text = textOf(literal);
  if (affinity === "text") return canonicalText(text ?? literal);
  const number = text === undefined ? literal : numberIn(text);
  return number === undefined ? canonicalLiteral(literal, affinity) : store(number, affinity);
}

/** One spelling for the same value: the server writes reals in more than one way. */
export function canonicalLiteral(literal: string, affinity: Affinity): string {
  const text = textOf(literal);
  if (text !== undefined) return affinity === "text" ? canonicalText(text) : literal;
  if (literal === "NULL" || isBlob(literal) || /^-?\d+$/.test(literal)) return literal;
  return realOf(Number(literal));
}

function isBlob(literal: string): boolean {
  return /^X'/i.test(literal);
}

/** The text that a literal stands for; undefined for any other value. */
function textOf(literal: string): string | undefined {
  const hex = /^CAST\(x'([0-9A-F]*)' AS TEXT\)$/i.exec(literal)?.[1];
  return hex === undefined ? undefined : Buffer.from(hex, "hex").toString("utf8");
}

function store(number: string, affinity: Affinity): string {
  if (affinity === "real") return realOf(Number(number));
  if (/^[+-]?\d+$/.test(number)) {
    const value = BigInt(number);
    return value >= -(2n ** 63n) && value < 2n ** 63n ? String(value) : realOf(Number(number));
  }
  const value = Number(number);
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? String(BigInt(value)) : realOf(value);
}

/** The number that a text is, without the blanks that SQLite overlooks. */
function numberIn(text: string): string | undefined {
  const trimmed = text.replaceAll(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? trimmed : undefined;
}

function realOf(value: number): string {
  return `real ${value}`;
}

/** A number becomes a text of 15 digits; texts that are the same number are not told apart. */
function canonicalText(text: string): string {
  const number = numberIn(text);
  return `text ${number === undefined ? text : Number(number).toPrecision(15)}`;
}

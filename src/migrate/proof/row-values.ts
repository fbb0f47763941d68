// Values that make trouble, by what a column stores: boundaries, empty and odd texts, blobs. As SQL literals.
import { type Affinity, affinityOf } from "../sql/affinity.ts";
import { tokenize } from "../sql/sql-tokens.ts";
import { patternTexts } from "./pattern-texts.ts";

/** What a value is wanted for. */
export interface ValueWish {
  readonly type: string;
  readonly strict: boolean;
  /** The table reads JSON out of its columns, so that texts have to be some. */
  readonly json: boolean;
  /** Distinguishes rows that are made later from those that are there. */
  readonly salt: number;
}

/** Distinct values for a column; never empty, and without NULL. */
export function valuesFor(wish: ValueWish): readonly string[] {
  const vector = /^(F16|F32|F64|FLOAT\d*)_?(BLOB)?\((\d+)\)$/i.exec(wish.type);
  if (vector?.[3] !== undefined) return vectors(Number(vector[3]), wish.salt);
  if (wish.strict && /^any$/i.test(wish.type)) return anything(wish);
  return byAffinity[affinityOf(wish.type)](wish);
}

const byAffinity: Readonly<Record<Affinity, (wish: ValueWish) => readonly string[]>> = {
  integer: ({ salt }) => integers(salt),
  real: ({ salt }) => reals(salt),
  text: texts,
  blob: (wish) => (wish.type === "" ? anything(wish) : blobs(wish.salt)),
  numeric: ({ salt }) => [...integers(salt).slice(0, 5), ...reals(salt).slice(0, 3)],
};

function integers(salt: number): string[] {
  const base = salt * 16;
  return [
    String(base + 1),
    String(base + 2),
    String(-base - 1),
    // Above what a JavaScript number holds.
    String(9_007_199_254_740_993n + BigInt(base)),
    String(1_700_000_000 + base),
    String(9_223_372_036_854_775_807n - BigInt(base)),
    String(-9_223_372_036_854_775_807n + BigInt(base)),
    String(base),
  ];
}

function reals(salt: number): string[] {
  return [
    `${salt}.5`,
    `-${salt}.25`,
    `${salt + 1}e300`,
    `${salt + 1}e-300`,
    `${salt}.1`,
    `${salt + 3}.0`,
    `-${salt}.3`,
    `${salt}.7`,
  ];
}

function texts({ json, salt }: ValueWish): string[] {
  if (json) {
    const objects = [
      "{}",
      "[]",
      `{"a":${salt}}`,
      `{"a":"ž"}`,
      `["a",${salt}]`,
      `"${salt}"`,
      `${salt}`,
      `{"a":null}`,
    ];
    return objects.map((text) => `'${text}'`);
  }
  return [
    `'plain ${salt}'`,
    // Whatever the salt: a second empty text is left out if the column is unique.
    "''",
    `'žluťoučký 🐎 ${salt}'`,
    `'it''s "quoted" \`${salt}\`; -- not a comment'`,
    `CAST(x'61006200${hexOf(salt)}' AS TEXT)`,
    `'${salt + 5}'`,
    `'00${salt + 7}'`,
    `'line\nbreak ${salt}'`,
  ];
}

function blobs(salt: number): string[] {
  const end = hexOf(salt);
  return ["x''", ...["00", "ff00ff", "27", "c328", "0a0d", "7f", "80"].map((start) => `x'${start}${end}'`)];
}

function anything(wish: ValueWish): string[] {
  const { salt } = wish;
  return [
    texts(wish)[0],
    integers(salt)[0],
    reals(salt)[0],
    blobs(salt)[1],
    integers(salt)[3],
    blobs(salt)[2],
    texts(wish)[2],
    reals(salt)[3],
  ].filter((value) => value !== undefined);
}

function vectors(size: number, salt: number): string[] {
  const numbers = (row: number) =>
    Array.from({ length: size }, (_, index) => ((index + row + salt) % 7) + row / 8);
  return Array.from({ length: 8 }, (_, row) => `vector('[${numbers(row).join(",")}]')`);
}

function hexOf(value: number): string {
  return value.toString(16).padStart(8, "0");
}

/**
 * What a CHECK may want, read off its text: its literals and their neighbours, texts of the lengths it names, and the
 * usual forms of an e-mail address, a date or a URL.
 */
export function valuesForCheck(expression: string, wish: ValueWish): readonly string[] {
  const tokens = tokenize(expression);
  const literals = tokens.filter(({ kind }) => kind === "string" || kind === "blob").map(({ text }) => text);
  const numbers = tokens
    .filter(({ kind }) => kind === "number")
    .map(({ text }) => Number(text))
    .filter(Number.isFinite);
  const affinity = affinityOf(wish.type);
  if (affinity === "text") {
    const sized = numbers
      .filter((size) => size >= 0 && size <= 4096)
      .flatMap((size) => [size - 1, size, size + 1])
      .filter((size) => size > 0)
      .map((size) => `'${"x".repeat(size)}'`);
    return [...literals, ...patternTexts(expression, wish.salt), ...sized, ...usualTexts(wish.salt)];
  }
  const near = numbers.flatMap((value) => [value, value - 1, value + 1, value / 2]).map(String);
  const fitting = affinity === "integer" ? near.filter((value) => /^-?\d+$/.test(value)) : near;
  return [...literals, ...fitting, "0", "1", "2", "10", "100"];
}

function usualTexts(salt: number): string[] {
  const forms = [
    `user${salt}@example.com`,
    "2024-02-29",
    "2024-02-29 12:30:00",
    `https://example.com/${salt}`,
    "{}",
    "abc",
    "ABC",
    "123",
  ];
  return forms.map((text) => `'${text}'`);
}

// Values and names as SQL text that gives exactly the same value again, on one line. Pure.

/** A name, quoted as SQL has it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text literal without line breaks in it, for what is known to have none. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The two expressions that {@link literalOf} wants of a column: its storage class, and its value in a form that no
 * wire rounds or cuts. A text comes as bytes, since it may hold NUL or be no UTF-8. A real comes as SQLite spells it
 * where SQLite also reads that as the same number, which it does not for all; an infinite one has no JSON.
 */
export function exactValueOf(column: string): string {
  const name = quoteName(column);
  const real = `CASE WHEN abs(${name}) = 9e999 OR CAST(quote(${name}) AS REAL) = ${name} THEN quote(${name}) ELSE ${name} END`;
  return (
    `typeof(${name}), CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ` +
    `WHEN 'real' THEN ${real} ELSE ${name} END`
  );
}

/** The literal of a value that was read with {@link exactValueOf}. */
export function literalOf(storage: unknown, value: unknown): string {
  if (storage === "null") return "NULL";
  if (storage === "integer" && typeof value === "bigint") return integerLiteral(value);
  if (storage === "real" && typeof value === "string") return spelledReal(value);
  if (storage === "real" && typeof value === "number") return exactReal(value);
  if (value instanceof ArrayBuffer) {
    const bytes = new Uint8Array(value);
    return storage === "text" ? textLiteral(bytes) : `X'${Buffer.from(bytes).toString("hex")}'`;
  }
  throw new TypeError(`A value of storage class ${String(storage)} came as ${typeof value}`);
}

/** SQLite reads the smallest integer as a minus before a number that is too large. */
function integerLiteral(value: bigint): string {
  return value === -(2n ** 63n) ? "(-9223372036854775807-1)" : String(value);
}

/** Infinity has no literal of its own; what is too large for a real becomes it. */
function spelledReal(spelled: string): string {
  const infinite = /^(-?)\+?(?:inf|9\.0e\+999)/i.exec(spelled);
  return infinite === null ? spelled : `${infinite[1] ?? ""}9e999`;
}

/** A whole number of 53 bits times or divided by powers of two: nothing of that is rounded, as decimals are. */
function exactReal(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const [exponent, fraction] = [Number(bits >> 52n), bits & (2n ** 52n - 1n)];
  const whole = exponent === 0 ? fraction : fraction + 2n ** 52n;
  const power = Math.max(exponent, 1) - 1075;
  let factors = "";
  for (let left = Math.abs(power); left > 0; left -= 62) {
    factors += `${power < 0 ? "/" : "*"}${2n ** BigInt(Math.min(left, 62))}`;
  }
  return `(${value < 0 ? "-" : ""}1.0*${whole}${factors})`;
}

function textLiteral(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    // A statement is one line, and SQL ends at NUL.
    if (!/\p{Cc}/u.test(text)) return quoteText(text);
  } catch {
    // Not UTF-8: SQLite keeps such texts, and so do we.
  }
  return `CAST(X'${Buffer.from(bytes).toString("hex")}' AS TEXT)`;
}

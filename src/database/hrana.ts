// The JSON of Hrana 2, the protocol of libSQL over HTTP: statements as the server reads them, rows as Drizzle reads them.
// Pure. Source: libsql, docs/HRANA_2_SPEC.md; what comes out is what `@libsql/client` gives, which a test compares.
import type { InArgs, InValue, ResultSet, Row, Value } from "@libsql/client/http";
import type { Statement } from "./session-core.ts";

type JsonValue =
  | { readonly type: "null" }
  | { readonly type: "integer" | "text"; readonly value: string }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "blob"; readonly base64: string };

/** One statement of a request. */
export interface JsonStatement {
  readonly sql: string;
  readonly args?: readonly JsonValue[];
  readonly named_args?: readonly { readonly name: string; readonly value: JsonValue }[];
  readonly want_rows?: boolean;
  /** A replica waits until it has this state. Source: libsql-server, hrana/proto. */
  readonly replication_index?: string;
}

/** A statement of a batch, run if its condition holds. */
export interface JsonStep {
  readonly stmt: JsonStatement;
  readonly condition?: JsonCondition;
}

type JsonCondition =
  | { readonly type: "ok"; readonly step: number }
  | { readonly type: "not"; readonly cond: JsonCondition }
  | { readonly type: "and"; readonly conds: readonly JsonCondition[] };

/** Statements that are run one after another. */
export interface JsonBatch {
  readonly steps: readonly JsonStep[];
  readonly replication_index?: string;
}

/** What a server can be asked in one go. */
export type JsonRequest =
  | { readonly type: "execute"; readonly stmt: JsonStatement }
  | { readonly type: "batch"; readonly batch: JsonBatch }
  | { readonly type: "close" };

/** What the server says of a statement. */
export interface JsonResult {
  readonly cols: readonly { readonly name: string | null; readonly decltype?: string | null }[];
  readonly rows: readonly (readonly JsonValue[])[];
  readonly affected_row_count: number;
  readonly last_insert_rowid: string | null;
  /** The state of the database that the result comes from. */
  readonly replication_index?: string | null;
}

/** What the server says is wrong. */
export interface JsonError {
  readonly message: string;
  readonly code?: string | null;
}

/** The results of a batch, by its steps; null for what was not run. */
export interface JsonBatchResult {
  readonly step_results: readonly (JsonResult | null)[];
  readonly step_errors: readonly (JsonError | null)[];
  readonly replication_index?: string | null;
}

/** The answer to one of the requests. */
export type JsonAnswer =
  | {
      readonly type: "ok";
      readonly response: { readonly type: string; readonly result: JsonResult & JsonBatchResult };
    }
  | { readonly type: "error"; readonly error: JsonError };

/** The answer to all requests that were sent in one go. */
export interface JsonPipeline {
  /** Names the stream for the next request; null if the stream is closed. */
  readonly baton?: string | null;
  /** The address of the stream from now on, if it is another one. */
  readonly base_url?: string | null;
  readonly results: readonly JsonAnswer[];
}

/** A statement whose rows are wanted. @throws {RangeError | TypeError} for an argument that SQLite cannot hold. */
export function encodeStatement({ sql, args }: Statement): JsonStatement {
  return { sql, ...encodeArguments(args), want_rows: true };
}

function encodeArguments(args: InArgs | undefined): Pick<JsonStatement, "args" | "named_args"> {
  if (args === undefined) return {};
  if (Array.isArray(args)) return args.length === 0 ? {} : { args: args.map(encodeValue) };
  return {
    named_args: Object.entries(args).map(([name, value]) => ({ name, value: encodeValue(value) })),
  };
}

const leastInteger = -(2n ** 63n);
const mostInteger = 2n ** 63n - 1n;

function encodeValue(value: InValue): JsonValue {
  if (value === null) return { type: "null" };
  if (typeof value === "string") return { type: "text", value };
  if (typeof value === "number") return encodeNumber(value);
  if (typeof value === "bigint") return encodeInteger(value);
  if (typeof value === "boolean") return { type: "integer", value: value ? "1" : "0" };
  if (value instanceof Date) return encodeNumber(value.valueOf());
  if (value instanceof Uint8Array) return { type: "blob", base64: toBase64(value) };
  if (value instanceof ArrayBuffer) return { type: "blob", base64: toBase64(new Uint8Array(value)) };
  throw new TypeError(`A value of the type ${typeof value} cannot be stored`);
}

/** As a float: the server makes an integer of it if the column says so. */
function encodeNumber(value: number): JsonValue {
  if (Number.isFinite(value)) return { type: "float", value };
  throw new RangeError(`${value} cannot be stored: expected a finite number`);
}

function encodeInteger(value: bigint): JsonValue {
  if (value >= leastInteger && value <= mostInteger) return { type: "integer", value: String(value) };
  throw new RangeError("A bigint is too large to be stored: expected one of 64 bits");
}

/** Arguments of a call are limited in number, hence the pieces. */
const pieceLength = 8_192;

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += pieceLength)
    text += String.fromCharCode(...bytes.subarray(at, at + pieceLength));
  return btoa(text);
}

/** The answer arrived, and holds a value that JavaScript cannot hold, or is not a result of Hrana 2. */
export class ResultError extends Error {
  override readonly name = "ResultError";
}

function fromBase64(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes.buffer;
}

function decodeValue(value: JsonValue): Value {
  switch (value.type) {
    case "null":
      return null;
    case "integer":
      return decodeInteger(value.value);
    case "float":
      return decodeFloat(value.value);
    case "text":
      if (typeof value.value === "string") return value.value;
      break;
    case "blob":
      return fromBase64(value.base64);
  }
  throw new ResultError("a value has a type that Hrana 2 does not have");
}

function decodeInteger(text: string): number {
  const number = /^-?\d+$/.test(text) ? Number(text) : undefined;
  if (number === undefined) throw new ResultError("an integer is not written in digits");
  if (Number.isSafeInteger(number)) return number;
  throw new ResultError("an integer is beyond 2^53: read it as text, with cast(… as text)");
}

/** JSON has no infinity: the server writes null in its place. */
function decodeFloat(number: unknown): number {
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw new ResultError("a real is infinite or not a number: read it as text, with cast(… as text)");
}

/**
 * The values of a row by their position, as Drizzle reads them. The columns by name are properties of its own; the
 * positions are getters of the prototype, which costs a fraction of properties for each row.
 */
class Cells {
  static #widest = 0;
  readonly #values: readonly Value[];

  constructor(values: readonly Value[]) {
    this.#values = values;
  }

  get length(): number {
    return this.#values.length;
  }

  /** Makes rows of so many columns readable. */
  static widen(width: number): void {
    for (; Cells.#widest < width; Cells.#widest++) {
      const at = Cells.#widest;
      const get = function (this: Cells) {
        return this.#values[at];
      };
      Object.defineProperty(Cells.prototype, at, { get });
    }
  }
}

/**
 * The result of a statement.
 *
 * @throws {ResultError} if it has a value that JavaScript cannot hold, or lacks a part.
 */
export function decodeResult(result: JsonResult): ResultSet {
  try {
    return decodeParts(result);
  } catch (cause) {
    if (cause instanceof ResultError) throw cause;
    // Whatever reading a part of the wrong shape throws, such as a TypeError or the DOMException of atob.
    throw new ResultError("it lacks a part or has one of the wrong shape", { cause });
  }
}

function decodeParts(result: JsonResult): ResultSet {
  if (!Number.isSafeInteger(result.affected_row_count))
    throw new ResultError("it lacks the number of affected rows, or the number is beyond 2^53");
  const columns = result.cols.map(({ name }) => name ?? "");
  const columnTypes = result.cols.map(({ decltype }) => decltype ?? "");
  const rowid = result.last_insert_rowid ?? undefined;
  const decoded = {
    columns,
    columnTypes,
    rows: decodeRows(columns, result.rows),
    rowsAffected: result.affected_row_count,
    lastInsertRowid: rowid === undefined ? undefined : BigInt(rowid),
  };
  const toJSON = () => ({
    ...decoded,
    rows: decoded.rows.map((row) =>
      Array.from(row, (value) => (value instanceof ArrayBuffer ? toBase64(new Uint8Array(value)) : value)),
    ),
    lastInsertRowid: rowid ?? null,
  });
  // Not among what a caller sees who spreads or compares it.
  return Object.defineProperty(decoded, "toJSON", { value: toJSON }) as typeof decoded & {
    toJSON: typeof toJSON;
  };
}

function decodeRows(columns: readonly string[], rows: JsonResult["rows"]): Row[] {
  Cells.widen(columns.length);
  const names = columns.map((name, at) => (isNameOf(columns, name, at) ? name : undefined));
  return rows.map((encoded) => {
    if (encoded.length !== columns.length)
      throw new ResultError("a row does not have the columns of the result");
    const values = encoded.map(decodeValue);
    const row = new Cells(values) as Cells & Record<string, Value>;
    for (let at = 0; at < values.length; at++) {
      const name = names[at];
      if (name === undefined) continue;
      const value = values[at] ?? null;
      if (needsDefinition.test(name))
        Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
      else row[name] = value;
    }
    return row;
  });
}

/** Names that mean something else to an assignment: getters of the prototype, and the prototype itself. */
const needsDefinition = /^(?:\d+|__proto__)$/;

/** Of columns with one name the first has it; and a name says nothing that is a position or the length already. */
function isNameOf(columns: readonly string[], name: string, at: number): boolean {
  const isPosition = /^\d+$/.test(name) && Number(name) < columns.length;
  return columns.indexOf(name) === at && name !== "length" && !isPosition;
}

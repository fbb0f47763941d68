// Ways to break the client that speaks to the server: values, rows, batches, the stream of a transaction.
import type { Mutant } from "./runner.ts";
import { inFile, tests } from "./targets.ts";

/** Ways to break the client. */
export const clientMutants: readonly Mutant[] = [
  ...inFile("src/database/hrana.ts", [
    ["value", "if (Number.isFinite(value)) return", "return", [tests.client]],
    ["value", "value >= leastInteger && value <= mostInteger", "value >= leastInteger", [tests.client]],
    ["value", "value >= leastInteger && value <= mostInteger", "value <= mostInteger", [tests.client]],
    ["value", 'value: value ? "1" : "0"', 'value: value ? "0" : "1"', [tests.client]],
    [
      "value",
      'return { type: "integer", value: String(value) }',
      'return { type: "text", value: String(value) }',
      [tests.client],
    ],
    ["value", "if (value instanceof Date) return encodeNumber(value.valueOf());", "", [tests.client]],
    ["value", "if (Number.isSafeInteger(number)) return number;", "return number;", [tests.client]],
    ["value", "named_args: Object", "args: Object", [tests.client]],
    ["row", "Cells.widen(columns.length);", "", [tests.client]],
    ["row", "columns.indexOf(name) === at &&", "", [tests.client]],
    ["row", '&& name !== "length"', "", [tests.client]],
    ["row", "if (needsDefinition.test(name))", "if (false)", [tests.client]],
    ["result", "rowid === undefined ? undefined : BigInt(rowid)", "undefined", [tests.client]],
    ["result", "lastInsertRowid: rowid ?? null", "lastInsertRowid: null", [tests.client]],
    [
      "result",
      "value instanceof ArrayBuffer ? toBase64(new Uint8Array(value)) : value",
      "value",
      [tests.client],
    ],
    ["result", "rowsAffected: result.affected_row_count", "rowsAffected: 0", [tests.client]],
  ]),
  ...inFile("src/database/client.ts", [
    ["batch", '{ stmt, condition: { type: "ok", step: index - 1 } }', "{ stmt }", [tests.client]],
    [
      "batch",
      'condition: { type: "not", cond: committed }',
      "condition: committed",
      [tests.client],
      "the stream is closed in the same request, which takes the transaction back as well",
    ],
    ["batch", ".slice(1, -1)", ".slice(1)", [tests.client]],
    [
      "stream",
      "this.#baton = answer.baton ?? null;",
      "this.#baton ??= answer.baton ?? null;",
      [tests.client],
    ],
    ["stream", "if (answer.base_url &&", "if (false &&", [tests.client]],
    ["stream", "this.#isBegun = true;", "", [tests.transaction, tests.transactionEnd]],
    ["stream", "if (this.#baton === null) this.#isOver = true;", "", [tests.client]],
    ["stream", "if (isFirst && result.step_results[0] === null) this.close();", "", [tests.client]],
    ["stream", "    } catch (error) {\n      this.close();", "    } catch (error) {", [tests.client]],
    [
      "S27",
      "{ ...encodeStatement(only), ...pipeline.after(mode) }",
      "encodeStatement(only)",
      [tests.replica],
    ],
    ["S27", "batch: { steps, ...pipeline.after(mode) }", "batch: { steps }", [tests.replica]],
    ["S27", "isFirst ? this.#pipeline.after(this.#mode) : {}", "{}", [tests.replica]],
  ]),
  ...inFile("src/database/pipeline.ts", [
    ["error", "if (error) throw errorOf", "if (false) throw errorOf", [tests.client]],
    ["S25", "throw errorOf(error, step - first)", "throw errorOf(error, step)", [tests.callerCheck]],
    ["error", 'if (answer?.type === "error")', "if (false)", [tests.client]],
    ["error", "!Array.isArray(results) ||", "", [tests.client]],
    ["url", 'if (url.searchParams.get("tls") === "0")', "if (false)", [tests.client]],
    ["url", 'text.replace(/^libsql:/i, "https:")', "text", [tests.client]],
    ["S27", "if (seen > this.#replicationIndex)", "if (false)", [tests.replica]],
    [
      "token",
      'if (authToken !== undefined) headers["authorization"]',
      'if (false) headers["authorization"]',
      [tests.errors, tests.client],
    ],
  ]),
];

// Ways to break the translation of errors, the reading of statements and of settings.
// A find text that no longer fits the code is reported before any test runs.
import type { Mutant } from "./runner.ts";
import { inFile, tests } from "./targets.ts";

/** Ways to break the translation of errors, the reading of statements and of settings. */
export const errorMutants: readonly Mutant[] = [
  ...inFile("src/database/error-translation.ts", [
    ["errors", "if (fault !== undefined) return translateTransport(fault, work);", "", [tests.session]],
    [
      "S21",
      'if (fault.kind === "deadline" && fault.limitMs === 0) return new DeadlineExceededError(0, options);',
      "",
      [tests.session],
    ],
    [
      "S20",
      "if (work.mayHaveCommitted) return new CommitUnknownError(options);\n  return fault",
      "return fault",
      [tests.session],
    ],
    ["errors", "status === 401 || status === 403", "status === 401", [tests.errors]],
    ["errors", "status === 429 || status === 503", "status === 503", [tests.session]],
    [
      "S20",
      "if (work.mayHaveCommitted && (status >= 500 || status === 408))",
      "if (work.mayHaveCommitted && status === 408)",
      [tests.session],
    ],
    [
      "S20",
      "if (work.mayHaveCommitted && (status >= 500 || status === 408))",
      "if (work.mayHaveCommitted && status >= 500)",
      [tests.faults],
    ],
    ["errors", "if (passingStatuses.has(status)) return", "if (status >= 500) return", [tests.faults]],
    ["errors", "if (work.inTransaction && isLostStream(fault)) {", "if (false) {", [tests.edges]],
    ["errors", "/\\b(?:baton|stream)\\b/i.test(text)", "true", [tests.faults]],
    ["S20", 'work.mayHaveCommitted && text.includes("already been used")', "false", [tests.faults]],
    ["errors", 'error.code.startsWith("SQLITE_BUSY") ||', "", [tests.errors]],
    ["errors", "    translated.statementIndex = error.statementIndex;\n", "    {}\n", [tests.errors]],
    [
      "errors",
      "suspects = failed === undefined ? work.statements : [failed]",
      "suspects = work.statements",
      [tests.errors],
    ],
    [
      "S16",
      "      return new TransactionTimeoutError(options);",
      "      return new StatementError(error.code, options);",
      [tests.transaction],
    ],
    [
      "S20",
      "return work.mayHaveCommitted ? new CommitUnknownError(options) : new ResponseTooLargeError(options);",
      "return new ResponseTooLargeError(options);",
      [tests.errors],
    ],
    [
      "errors",
      'unique.startsWith("index ") ? [] : unique.split(", ").map(splitColumn)',
      'unique.split(", ").map(splitColumn)',
      [tests.errors],
    ],
    ["errors", 'unique.split(", ").map(splitColumn)', "[splitColumn(unique)]", [tests.errors]],
    ["errors", "suspects.some(({ sql }) => isDelete(sql))", "false", [tests.errors]],
    [
      "errors",
      "new CheckViolationError(check, options)",
      "new CheckViolationError(undefined, options)",
      [tests.errors],
    ],
  ]),
  ...inFile("src/database/statement.ts", [
    [
      "S17",
      'if (plainSelect.test(sql)) return "read";',
      'if (/^\\s*select\\b/i.test(sql)) return "read";',
      [tests.statement],
    ],
    ["S17", 'if (hasSecondStatement(tokens)) return "write";', "", [tests.statement]],
    [
      "S17",
      'first === "WITH" && mainVerb(tokens) === "SELECT" ? "read" : "write"',
      'first === "WITH" ? "read" : "write"',
      [tests.statement],
    ],
    ["S17", '"END", ', "", [tests.statement]],
    [
      "S17",
      "token.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())",
      "token.toUpperCase()",
      [tests.statement],
    ],
    [
      "S17",
      'if (token === "(") depth += 1;\n    else',
      "if (false) depth += 1;\n    else",
      [tests.statement],
    ],
    ["S17", '!token.startsWith("/*")', "true", [tests.statement]],
    [
      "S17",
      'first === "SELECT" || first === "EXPLAIN"',
      'first === "SELECT" || first === "EXPLAIN" || first === "PRAGMA"',
      [tests.statement],
    ],
  ]),
  ...inFile("src/database/drizzle.ts", [
    [
      "errors",
      "return Object.assign(super.prepareQuery<Types>(...parameters), unwrapped);",
      "return super.prepareQuery<Types>(...parameters);",
      [tests.errorSecrecy],
    ],
  ]),
  ...inFile("src/database/config.ts", [
    ["config", "if (!isPlain || loopbackHosts", "if (!isPlain || true || loopbackHosts", [tests.config]],
    ["config", 'url.searchParams.getAll("tls").includes("0")', "false", [tests.config]],
    [
      "config",
      'if (url.username !== "" || url.password !== "" || url.searchParams.has("authToken")) {',
      'if (url.password !== "") {',
      [tests.config],
    ],
    ["config", 'if (scope.runtime === "worker") {', "if (false) {", [tests.config]],
    ["config", "return decodeURIComponent(pathname);", "return pathname;", [tests.config]],
    [
      "config",
      "if (url === undefined || faults.length > 0) throw",
      "if (url === undefined) throw",
      [tests.config],
    ],
    ["config", "value >= 1 && value <= longestTimeoutMs", "value >= 1", [tests.config]],
    ["config", "/[^\\x21-\\x7e]/.test(token)", "/ /.test(token)", [tests.config]],
  ]),
];

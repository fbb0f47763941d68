// Statements that a script must not hold: those that would end the batch half-way, and those that the server refuses.
import { isWord, nameOf, significant, tokenize } from "./sql-tokens.ts";
import type { Token } from "./sql-tokens.ts";

const transactionWords = ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"];
const serverWords = ["ATTACH", "DETACH", "VACUUM", "ANALYZE"];
/** What is worth taking apart; histories are long, and nearly all of their statements are none of these. */
const suspicious = new RegExp(
  `^(?:${[...transactionWords, ...serverWords, "PRAGMA"].join("|")})|^CREATE[^]*TEMP|LOAD_EXTENSION`,
  "i",
);
const foreignKeySwitches = ["FOREIGN_KEYS", "DEFER_FOREIGN_KEYS"];
/** Measured on sqld 0.24: of the settings only these are taken, of the commands all but these. */
const allowedSettings = ["USER_VERSION", "ENCODING"];
const refusedCommands = ["OPTIMIZE", "WAL_CHECKPOINT", "INCREMENTAL_VACUUM", "SHRINK_MEMORY"];

/** Those that take in parentheses what they are asked about, and set nothing. */
const askingPragmas = /^(?:TABLE_|INDEX_|FOREIGN_KEY_|.*_CHECK$)/;

/** Whether a statement is `PRAGMA foreign_keys=OFF` or one like it. A statement begins with its first word. */
export function switchesForeignKeys(sql: string): boolean {
  return (
    /^pragma/i.test(sql) && foreignKeySwitches.includes(readPragma(significant(tokenize(sql)))?.name ?? "")
  );
}

/** Whether a statement opens or ends a transaction. A statement begins with its first word. */
export function isTransactionStatement(sql: string): boolean {
  return isWord(significant(tokenize(sql.slice(0, 20)))[0], ...transactionWords);
}

/** Why a statement must not be in a script, in words; undefined if it may. A statement begins with its first word. */
export function findRefusal(sql: string): string | undefined {
  if (!suspicious.test(sql)) return undefined;
  const words = significant(tokenize(sql));
  const [first] = words;
  const word = first?.text.toUpperCase() ?? "";
  if (isWord(first, ...transactionWords)) {
    return `${word} is refused: a revision is one transaction, which the tool opens and ends; leave it out`;
  }
  if (isWord(first, ...serverWords)) {
    return `${word} is refused by the libSQL server; run it by hand where it is supported, not in a revision`;
  }
  if (isTemporary(words)) {
    return "temporary objects are refused by the libSQL server; use a table and drop it at the end";
  }
  if (words.some((token, at) => isWord(token, "LOAD_EXTENSION") && words[at + 1]?.text === "(")) {
    return "load_extension() is refused by the libSQL server; leave it out";
  }
  const pragma = readPragma(words);
  if (pragma !== undefined && isRefusedPragma(pragma)) {
    return `PRAGMA ${pragma.name.toLowerCase()} is refused by the libSQL server; leave it out`;
  }
  return undefined;
}

interface Pragma {
  /** In upper case. */
  readonly name: string;
  readonly assigns: boolean;
}

function readPragma(words: readonly Token[]): Pragma | undefined {
  if (!isWord(words[0], "PRAGMA")) return undefined;
  const at = words[2]?.text === "." ? 3 : 1;
  const name = nameOf(words[at])?.toUpperCase() ?? "";
  const next = words[at + 1]?.text;
  return { name, assigns: next === "=" || (next === "(" && !askingPragmas.test(name)) };
}

function isRefusedPragma({ name, assigns }: Pragma): boolean {
  return refusedCommands.includes(name) || (assigns && !allowedSettings.includes(name));
}

function isTemporary(words: readonly Token[]): boolean {
  if (!isWord(words[0], "CREATE")) return false;
  if (isWord(words[1], "TEMP", "TEMPORARY")) return true;
  const kind = words.findIndex((token) => isWord(token, "TABLE", "VIEW", "INDEX", "TRIGGER"));
  const at = isWord(words[kind + 1], "IF") ? kind + 4 : kind + 1;
  return nameOf(words[at])?.toUpperCase() === "TEMP" && words[at + 1]?.text === ".";
}

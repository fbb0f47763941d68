// Which triggers stand on which table while a script runs, and what their bodies name: a statement that changes a new
// column fires the triggers of its table, which may change any other row.
import { foldName, isWord, nameOf, significant, type Token, tokenize } from "../sql/sql-tokens.ts";

/** A trigger. */
export interface Trigger {
  readonly name: string;
  /** The table or view it stands on. */
  readonly table: string;
  /** All names in its body, folded. */
  readonly names: ReadonlySet<string>;
}

/** What a statement does to triggers; undefined for one that neither makes nor drops one. */
export type TriggerAct =
  | { readonly kind: "create"; readonly trigger: Trigger }
  | { readonly kind: "drop"; readonly name: string };

/** Reads CREATE TRIGGER and DROP TRIGGER. */
export function readTriggerAct(sql: string): TriggerAct | undefined {
  if (!/^(?:create|drop)\b/i.test(sql)) return undefined;
  const words = significant(tokenize(sql));
  const kind = isWord(words[1], "TEMP", "TEMPORARY") ? 2 : 1;
  if (!isWord(words[kind], "TRIGGER")) return undefined;
  const exists = words.findIndex((word) => isWord(word, "EXISTS"));
  const first = isWord(words[kind + 1], "IF") ? exists + 1 : kind + 1;
  const at = words[first + 1]?.text === "." ? first + 2 : first;
  const name = nameOf(words[at]) ?? "";
  if (isWord(words[0], "DROP")) return { kind: "drop", name };
  const on = words.findIndex((word, place) => place > at && isWord(word, "ON")) + 1;
  const body = words.slice(words.findIndex((word) => isWord(word, "BEGIN")) + 1);
  return { kind: "create", trigger: { name, table: nameOf(words[on]) ?? "", names: namesOf(body) } };
}

function namesOf(words: readonly Token[]): Set<string> {
  return new Set(words.flatMap((word) => nameOf(word) ?? []).map(foldName));
}

// What is known of every row that the load wrote, and whether the database keeps to it. Pure.
import type { Outcome } from "./answers.ts";
import { type Kind, pairKinds, takenBackKinds } from "./plan-requests.ts";

/** What was heard of a key: `pending` until an answer comes, or the caller has hung up. */
export type Known = Outcome | "pending";

/** Where a key's rows are. */
export type Place = "entries" | "pairs" | "users";

/** The rows of the database at the end. */
export interface FinalRows {
  readonly entries: ReadonlySet<string>;
  /** The rows of each pair that has any. */
  readonly pairs: ReadonlyMap<string, number>;
  /** The keys of the accounts. */
  readonly users: ReadonlySet<string>;
}

/** What the rows are held to. */
export type RowRule =
  | "acknowledged writes are there"
  | "refused writes are not there"
  | "pairs are whole"
  | "what was taken back is not there";

/** A row that breaks a rule. */
export interface RowFault {
  readonly rule: RowRule;
  readonly words: string;
}

/** The rows that a run wrote, by key. */
export interface Ledger {
  begin(kind: Kind, key: string): void;
  settle(key: string, known: Known): void;
  /** Undefined where nobody has tried to write it yet. */
  knownOf(key: string): Known | undefined;
  /** Whether this key was written only to be taken back. */
  isTakenBack(key: string): boolean;
  /** What is wrong with rows that were read meanwhile; each is a pair's key with its number of rows. */
  findReadFaults(rows: Iterable<readonly [key: string, rows: number]>): readonly RowFault[];
  /** Compares all that is known with what is there. */
  compare(final: FinalRows): {
    readonly checked: Readonly<Record<RowRule, number>>;
    readonly faults: readonly RowFault[];
  };
}

interface Entry {
  readonly kind: Kind;
  known: Known;
}

/** Makes an empty ledger. */
export function createLedger(): Ledger {
  const written = new Map<string, Entry>();
  const isTakenBack = (key: string): boolean => {
    const entry = written.get(key);
    return key.endsWith("-ghost") || (entry !== undefined && takenBackKinds.has(entry.kind));
  };
  const pairFaults = (key: string, rows: number): RowFault[] => {
    const faults: RowFault[] = [];
    if (rows !== 0 && rows !== 2) {
      faults.push({ rule: "pairs are whole", words: `of the pair ${key} there is ${rows} row` });
    }
    if (rows > 0 && isTakenBack(key)) {
      faults.push({
        rule: "what was taken back is not there",
        words: `${key} was rolled back, and is there`,
      });
    }
    return faults;
  };
  return {
    begin: (kind, key) => void written.set(key, { kind, known: "pending" }),
    settle(key, known) {
      const entry = written.get(key);
      if (entry !== undefined) entry.known = known;
    },
    knownOf: (key) => written.get(key)?.known,
    isTakenBack,
    findReadFaults: (rows) => [...rows].flatMap(([key, count]) => pairFaults(key, count)),
    compare(final) {
      const rows = compareRows(written, final);
      const faults = [...final.pairs].flatMap(([key, count]) => pairFaults(key, count));
      return { checked: rows.checked, faults: [...faults, ...rows.faults] };
    },
  };
}

/** Holds what is known of each key against its rows; what a pair's number of rows says by itself is not looked at. */
function compareRows(written: ReadonlyMap<string, Entry>, final: FinalRows): ReturnType<Ledger["compare"]> {
  const faults: RowFault[] = [];
  const checked = {
    "acknowledged writes are there": 0,
    "refused writes are not there": 0,
    "pairs are whole": final.pairs.size,
    "what was taken back is not there": 0,
  };
  for (const [key, { kind, known }] of written) {
    if (takenBackKinds.has(kind)) {
      checked["what was taken back is not there"] += 1;
      continue;
    }
    const isThere = find(final, placeOf(kind), key);
    if (known === "acknowledged") {
      checked["acknowledged writes are there"] += 1;
      const words = `${kind} ${key} was acknowledged, and is not there`;
      if (!isThere) faults.push({ rule: "acknowledged writes are there", words });
    }
    if (known === "refused") {
      checked["refused writes are not there"] += 1;
      const words = `${kind} ${key} was refused, and is there`;
      if (isThere) faults.push({ rule: "refused writes are not there", words });
    }
  }
  return { checked, faults };
}

function placeOf(kind: Kind): Place {
  if (pairKinds.has(kind)) return "pairs";
  return kind === "sign-up" ? "users" : "entries";
}

function find({ entries, pairs, users }: FinalRows, place: Place, key: string): boolean {
  return place === "pairs" ? pairs.has(key) : (place === "users" ? users : entries).has(key);
}

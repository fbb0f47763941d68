// Which answers a request may get: the table of statuses in the session rules, for each kind of request. Pure.
import type { Kind } from "./plan-requests.ts";

/** What came back. `status` is 0 where nothing did. */
export interface Answer {
  readonly status: number;
  /** The problem's code, where it is one. */
  readonly code: string | undefined;
  readonly hasRetryAfter: boolean;
  /** False where the body broke off. */
  readonly whole: boolean;
  readonly body: string;
}

/** What an answer says of what its request was to write. */
export type Outcome =
  /** It is there. */
  | "acknowledged"
  /** It is not there, and never will be. */
  | "refused"
  /** Nobody can know. */
  | "unknown";

/** Kinds of request whose answers are judged: those of the plan, and the probes. */
export type AnsweredKind = Kind | "health" | "ready";

const passing = ["503 DATABASE_BUSY", "503 DATABASE_UNAVAILABLE"];
const ofReads = [...passing, "504 DEADLINE_EXCEEDED"];
const ofWrites = [...passing, "503 COMMIT_UNKNOWN"];
/** The turn to compute a hash did not come in time: nothing was sent. */
const ofHashes = "503 SERVER_BUSY";
const ofTransactions = [
  ...ofWrites,
  "504 DEADLINE_EXCEEDED",
  "503 TRANSACTION_TIMEOUT",
  "503 TRANSACTION_ABORTED",
];

interface Allowed {
  /** Where nothing is wrong with the database. */
  readonly best: string;
  readonly others: readonly string[];
}

/** Of each kind its good answer, and what the database's faults may make of it. */
const table: Readonly<Record<AnsweredKind, Allowed>> = {
  entry: { best: "201", others: ofWrites },
  // Its row may be missing, where the first write was refused.
  duplicate: { best: "409 UNIQUE_VIOLATION", others: ["201", ...ofWrites] },
  read: { best: "200", others: ["404 ENTRY_NOT_FOUND", ...ofReads] },
  pair: { best: "201", others: ofTransactions },
  careless: { best: "201", others: ofTransactions },
  nested: { best: "201", others: ofTransactions },
  batch: { best: "201", others: ofWrites },
  undone: { best: "200", others: ofTransactions },
  // Its transaction fails behind its back.
  forgotten: { best: "202", others: [] },
  background: { best: "202", others: [] },
  pairs: { best: "200", others: ofReads },
  stream: { best: "200", others: [] },
  "sign-up": { best: "201", others: [...ofWrites, ofHashes] },
  // Its account may be missing, and its attempt is counted by a write.
  login: { best: "200", others: ["401 CREDENTIALS_INVALID", "504 DEADLINE_EXCEEDED", ...ofWrites, ofHashes] },
  health: { best: "200", others: [] },
  ready: { best: "200", others: ["503 NOT_READY"] },
};

/** Status and code as the table has them. */
export function nameAnswer({ status, code }: Answer): string {
  if (status === 0) return "no answer";
  return code === undefined ? String(status) : `${status} ${code}`;
}

/** Whether an answer is the one that a request gets while nothing is wrong. */
export function isBest(kind: AnsweredKind, answer: Answer): boolean {
  const name = nameAnswer(answer);
  const { best, others } = table[kind];
  // A row may have been refused in an earlier time of faults: then this is the truth.
  return (
    name === best ||
    ((kind === "duplicate" || kind === "read" || kind === "login") && others.slice(0, 1).includes(name))
  );
}

/** What is wrong with an answer by the table; undefined where nothing is. */
export function findAnswerFault(kind: AnsweredKind, answer: Answer): string | undefined {
  const name = nameAnswer(answer);
  const { best, others } = table[kind];
  if (name !== best && !others.includes(name))
    return `${kind} was answered ${name}: expected ${[best, ...others].join(", ")}`;
  // A body that is being sent when the database fails can say so only by breaking off.
  if (!answer.whole && kind !== "stream") return `${kind} was answered ${name}, and the body broke off`;
  // Who cannot know the outcome has to look first, and is not told to come back.
  const mayComeBack = answer.status === 503 && answer.code !== "COMMIT_UNKNOWN";
  if (mayComeBack !== answer.hasRetryAfter) {
    return `${kind} was answered ${name} ${answer.hasRetryAfter ? "with" : "without"} Retry-After`;
  }
  return undefined;
}

/** What an answer says of the write that was asked for. */
export function outcomeOf({ status, code, whole }: Answer): Outcome {
  if (status === 0 || code === "COMMIT_UNKNOWN" || status === 202) return "unknown";
  if (status >= 200 && status < 300) return whole ? "acknowledged" : "unknown";
  return "refused";
}

/** The deadlines of the database, in milliseconds, as the Worker has them. */
export interface Deadlines {
  readonly statementMs: number;
  readonly transactionMs: number;
  readonly sessionMs: number;
  readonly closeMs: number;
}

/** How long a request may wait for its turn to compute a hash. */
const turnMs = 5_000;
/** A load balancer that waits longer for these has given up. */
const probeMs = 1_000;
const oneStatement = ({ statementMs }: Deadlines) => statementMs;
/** After its own time it is rolled back, or its COMMIT is waited for, which may take as long as closing. */
const oneTransaction = ({ transactionMs, closeMs }: Deadlines) => transactionMs + closeMs;

const limits: Readonly<Record<AnsweredKind, (deadlines: Deadlines) => number>> = {
  entry: oneStatement,
  duplicate: oneStatement,
  read: oneStatement,
  pair: oneTransaction,
  careless: oneTransaction,
  nested: oneTransaction,
  batch: oneStatement,
  undone: oneTransaction,
  forgotten: oneTransaction,
  // Its answer waits for nothing.
  background: () => 0,
  pairs: oneStatement,
  stream: ({ sessionMs }) => sessionMs,
  "sign-up": ({ statementMs }) => turnMs + statementMs,
  login: ({ statementMs }) => turnMs + 2 * statementMs,
  health: () => probeMs,
  ready: () => probeMs,
};

/** Milliseconds within which a request of this kind has to end, whatever the database does. */
export function deadlineOf(kind: AnsweredKind, deadlines: Deadlines): number {
  return limits[kind](deadlines);
}

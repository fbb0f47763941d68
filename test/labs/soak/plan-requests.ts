// The requests of a run: which route, which rows, when, and whether the caller hangs up. Pure.

/** What a request does; the routes of the load, and some of the service's own. */
export const kinds = [
  "entry",
  "duplicate",
  "read",
  "pair",
  "careless",
  "nested",
  "batch",
  "undone",
  "forgotten",
  "background",
  "pairs",
  "stream",
  "sign-up",
  "login",
] as const;

/** One of {@link kinds}. */
export type Kind = (typeof kinds)[number];

/** A request that will be sent. */
export interface PlannedRequest {
  /** Milliseconds from the load's start. */
  readonly at: number;
  readonly kind: Kind;
  /** Names what it writes, or is about; for reads of several rows, what the first of them is. */
  readonly key: string;
  /** The keys of all that it reads. */
  readonly keys: readonly string[];
  /** After so many milliseconds the caller goes away. */
  readonly hangUpAfterMs?: number;
}

const weights: Readonly<Record<Kind, number>> = {
  entry: 18,
  duplicate: 3,
  read: 16,
  pair: 14,
  careless: 6,
  nested: 6,
  batch: 9,
  undone: 4,
  forgotten: 3,
  background: 2,
  pairs: 10,
  stream: 5,
  "sign-up": 4,
  login: 3,
};

/** What is read back is at least this much older, so that its answer is mostly known. */
const ageMs = 2_500;
const mostHangUpMs = 60;
/** How many pairs a read of several looks at. */
const keysAtOnce = 6;

/** The kinds that write pairs. */
export const pairKinds: ReadonlySet<Kind> = new Set([
  "pair",
  "careless",
  "nested",
  "batch",
  "undone",
  "forgotten",
  "background",
]);

/** The kinds whose rows are taken back. */
export const takenBackKinds: ReadonlySet<Kind> = new Set(["undone", "forgotten"]);

/** What is to be planned. */
export interface RequestOptions {
  /** Begins every key. */
  readonly name: string;
  readonly count: number;
  readonly gapMs: number;
  readonly kinds: readonly Kind[];
  readonly random: () => number;
}

/** What a read looks for. */
type Subject = "entries" | "pairs" | "accounts";

/** Plans requests in the order in which they are sent. */
export function planRequests({
  name,
  count,
  gapMs,
  kinds: wanted,
  random,
}: RequestOptions): PlannedRequest[] {
  const requests: PlannedRequest[] = [];
  const written: Record<Subject, PlannedRequest[]> = { entries: [], pairs: [], accounts: [] };
  for (let index = 0; index < count; index++) {
    const at = Math.round((index + random()) * gapMs);
    const kind = draw(wanted, random);
    const key = `${name}-${index}`;
    const hangUp = random() < 0.04 ? { hangUpAfterMs: Math.round(random() * mostHangUpMs) } : {};
    const keys = keysOf(kind, key, (subject) => drawEarlier(written[subject], at - ageMs, random));
    const [first] = keys;
    // Nothing is old enough yet to be read back.
    const isTooEarly = first === undefined;
    const request: PlannedRequest = isTooEarly
      ? { at, kind: "entry", key, keys: [key], ...hangUp }
      : { at, kind, key: first, keys, ...hangUp };
    requests.push(request);
    if (request.key === key) written[subjectOf(request.kind)].push(request);
  }
  return requests.toSorted((one, other) => one.at - other.at);
}

function subjectOf(kind: Kind): Subject {
  if (pairKinds.has(kind)) return "pairs";
  return kind === "sign-up" ? "accounts" : "entries";
}

function drawEarlier(
  written: readonly PlannedRequest[],
  before: number,
  random: () => number,
): string | undefined {
  // They are almost in the order of time, so that only the newest are too new.
  let end = written.length;
  while (end > 0 && (written[end - 1]?.at ?? 0) >= before) end -= 1;
  if (end === 0) return undefined;
  const from = Math.max(0, end - 400);
  return written[from + Math.floor(random() * (end - from))]?.key;
}

function keysOf(kind: Kind, key: string, find: (subject: Subject) => string | undefined): readonly string[] {
  if (kind === "duplicate" || kind === "read") return defined([find("entries")]);
  if (kind === "login") return defined([find("accounts")]);
  if (kind !== "pairs" && kind !== "stream") return [key];
  return [...new Set(defined(Array.from({ length: keysAtOnce }, () => find("pairs"))))];
}

function defined(keys: readonly (string | undefined)[]): string[] {
  return keys.filter((key) => key !== undefined);
}

function draw(wanted: readonly Kind[], random: () => number): Kind {
  const total = wanted.reduce((sum, kind) => sum + weights[kind], 0);
  let left = random() * total;
  for (const kind of wanted) {
    left -= weights[kind];
    if (left < 0) return kind;
  }
  return "entry";
}

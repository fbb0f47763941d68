// What is compared and with what: data only.

/** The stacks, each a Worker in `workers/`. */
export const stacks = ["raw", "client", "drizzle", "eaves", "d1"] as const;
export type Stack = (typeof stacks)[number];

/** Those that stand over the libSQL server; D1 brings its own database. */
export const serverStacks = ["raw", "client", "drizzle", "eaves"] as const satisfies readonly Stack[];

/** What each is, for whoever reads a table. */
export const stackNames: Readonly<Record<Stack, string>> = {
  raw: "raw fetch",
  client: "hono + @libsql/client",
  drizzle: "hono + Drizzle, client by hand",
  eaves: "Eaves",
  d1: "hono + Drizzle on D1, local",
};

/** A request of a workload. */
export interface Ask {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
}

/** One thing that is asked again and again. */
export interface Workload {
  readonly name: string;
  /** The n-th request of a run. */
  readonly ask: (n: number) => Ask;
  readonly status: number;
  /** How often Eaves may go to the database. */
  readonly roundTrips: number;
  /** Stacks that cannot do it. */
  readonly not?: readonly Stack[];
  /** Holds the write lock from its first round trip to its last, so that nothing runs beside it. */
  readonly locks?: boolean;
}

const get = (path: string): Ask => ({ method: "GET", path });
const post = (path: string, n: number): Ask => ({
  method: "POST",
  path,
  body: JSON.stringify({ item: (n % 1_000) + 1, text: "A note of average length, as notes are" }),
});

/** In the order in which they are shown. */
export const workloads = {
  nothing: { name: "no database", ask: () => get("/nothing"), status: 200, roundTrips: 0 },
  get: { name: "get by id", ask: (n) => get(`/items/${(n % 1_000) + 1}`), status: 200, roundTrips: 1 },
  list: { name: "list of 50", ask: () => get("/items"), status: 200, roundTrips: 1 },
  insert: { name: "insert", ask: (n) => post("/notes", n), status: 201, roundTrips: 1 },
  batch: { name: "batch of 5 inserts", ask: (n) => post("/notes/batch", n), status: 201, roundTrips: 1 },
  transaction: {
    name: "interactive transaction of 3",
    ask: (n) => post("/transactions", n),
    status: 201,
    roundTrips: 4,
    not: ["d1"],
    locks: true,
  },
} as const satisfies Readonly<Record<string, Workload>>;

export type WorkloadId = keyof typeof workloads;
/** Their ids, in that order. */
export const workloadIds = Object.keys(workloads) as readonly WorkloadId[];

/** A workload without the types of its own values. */
export function workloadOf(id: WorkloadId): Workload {
  return workloads[id];
}

/** Whether a stack can do it. */
export function can(stack: Stack, id: WorkloadId): boolean {
  return workloadOf(id).not?.includes(stack) !== true;
}

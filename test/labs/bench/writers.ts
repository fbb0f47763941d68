// Whether a libSQL server keeps taking writes from many writers: plain inserts and interactive transactions over raw
// HTTP, without a client of ours, for the arguments that the server is started with.
// Run: `node src/dev/launch.mjs test/labs/bench/writers.ts --seconds 75`; with `--server-args=""` for the server's defaults.
import { performance } from "node:perf_hooks";
import process from "node:process";
import { parseArgs } from "node:util";
import { Pool } from "undici";

import { startScratchServer } from "../../../src/migrate/server/scratch-server.ts";
import { writeLockArgs } from "../../../src/migrate/server/server.ts";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "8,16,32,64" },
    kinds: { type: "string", default: "insert,transaction" },
    seconds: { type: "string", default: "20" },
    "server-args": { type: "string", default: writeLockArgs.join(" ") },
  },
});

/** What one writer saw of one piece of work: milliseconds, and what went wrong. */
interface Seen {
  readonly ms: number;
  readonly endedAt: number;
  readonly error: string | undefined;
}

interface Answer {
  readonly baton?: string | null;
  readonly results?: readonly { readonly type: string; readonly error?: { readonly code?: string } }[];
}

/** A write that takes longer has met the server's lock queue; the work itself takes a few milliseconds. */
const stallMs = 1_000;
/** No answer within this time counts as none. */
const timeoutMs = 15_000;

async function send(
  pool: Pool,
  baton: string | null,
  statements: readonly string[],
  last: boolean,
): Promise<Answer> {
  const requests = [
    ...statements.map((sql) => ({ type: "execute", stmt: { sql } })),
    ...(last ? [{ type: "close" }] : []),
  ];
  const { statusCode, body } = await pool.request({
    method: "POST",
    path: "/v2/pipeline",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ baton, requests }),
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`HTTP ${statusCode}`);
  }
  const answer = (await body.json()) as Answer;
  const failed = answer.results?.find(({ type }) => type === "error");
  if (failed === undefined) return answer;
  // An open stream would keep one of the server's connections for 10 s.
  if (!last && typeof answer.baton === "string") await send(pool, answer.baton, [], true);
  throw new Error(failed.error?.code ?? "UNKNOWN");
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const work: Readonly<Record<string, (pool: Pool) => Promise<void>>> = {
  async insert(pool) {
    await send(pool, null, ["INSERT INTO t (v) VALUES ('x')"], true);
  },
  async transaction(pool) {
    const { baton } = await send(pool, null, ["BEGIN IMMEDIATE", "SELECT max(id) FROM t"], false);
    const next = await send(pool, baton ?? null, ["INSERT INTO t (v) VALUES ('x')"], false);
    await send(pool, next.baton ?? null, ["COMMIT"], true);
  },
};

async function measure(connections: number, kind: string, seconds: number): Promise<void> {
  const run = work[kind];
  if (run === undefined) throw new TypeError(`--kinds ${kind}: expected ${Object.keys(work).join(" or ")}`);
  const serverArgs = values["server-args"].split(" ").filter((word) => word !== "");
  const server = await startScratchServer({ serverArgs });
  const pool = new Pool(server.url, { connections, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  try {
    await send(pool, null, ["CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)"], true);
    const end = performance.now() + seconds * 1_000;
    const seen: Seen[] = [];
    const writer = async (): Promise<void> => {
      while (performance.now() < end) {
        const began = performance.now();
        const error = await run(pool).then(
          () => undefined,
          (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
        );
        const endedAt = performance.now();
        seen.push({ ms: endedAt - began, endedAt, error });
      }
    };
    await Promise.all(Array.from({ length: connections }, writer));
    print(describe({ connections, kind }, seen, seconds));
  } finally {
    await pool.destroy();
    await server.stop();
  }
}

function describe(
  cell: Readonly<Record<string, string | number>>,
  seen: readonly Seen[],
  seconds: number,
): string {
  const done = seen.filter(({ error }) => error === undefined);
  const times = done.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const quantile = (share: number) => Math.round(times[Math.floor(times.length * share)] ?? NaN);
  const errors = new Map<string, number>();
  for (const { error } of seen) if (error !== undefined) errors.set(error, (errors.get(error) ?? 0) + 1);
  return [
    ...Object.entries(cell).map(([name, value]) => `${name} ${value}`),
    `${Math.round(done.length / seconds)}/s`,
    `p50 ${quantile(0.5)} ms`,
    `p99 ${quantile(0.99)} ms`,
    `max ${Math.round(times.at(-1) ?? NaN)} ms`,
    `over ${stallMs} ms ${seen.filter(({ ms }) => ms > stallMs).length}`,
    `errors ${[...errors].map(([name, count]) => `${count} × ${name}`).join(", ") || "none"}`,
  ].join(" · ");
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
print(`server arguments: ${values["server-args"] || "none"}`);
for (const kind of values.kinds.split(",")) {
  for (const connections of values.connections.split(",")) {
    await measure(Number(connections), kind, Number(values.seconds));
  }
}

// (a) No library at all: one fetch of libSQL's own protocol (Hrana 2 over HTTP) for each round trip.
import { batchLength, listLength } from "./set-up.ts";
import type { NewNote } from "./set-up.ts";

interface Bindings {
  readonly DATABASE_URL: string;
}

type Cell = { readonly type: "integer" | "text"; readonly value: string };
type Step = { readonly sql: string; readonly args?: readonly Cell[] };
interface Pipeline {
  readonly baton: string | null;
  readonly results: readonly {
    readonly type: "ok" | "error";
    readonly error?: { readonly message: string };
    readonly response?: { readonly result?: Result };
  }[];
}
interface Result {
  readonly rows?: readonly (readonly Cell[])[];
  readonly step_errors?: readonly ({ readonly message: string } | null)[];
}

const integer = (value: number): Cell => ({ type: "integer", value: String(value) });
const text = (value: string): Cell => ({ type: "text", value });
const insertNote = ({ item, text: words }: NewNote): Step => ({
  sql: "INSERT INTO notes (item, text) VALUES (?, ?)",
  args: [integer(item), text(words)],
});
const selectItem = (id: number): Step => ({
  sql: "SELECT id, name, price FROM items WHERE id = ?",
  args: [integer(id)],
});
const itemOf = ([id, name, price]: readonly Cell[]) => ({
  id: Number(id?.value),
  name: name?.value,
  price: Number(price?.value),
});

export default {
  async fetch(request, { DATABASE_URL: url }) {
    const { pathname } = new URL(request.url);
    if (request.method === "POST") return write(url, pathname, await request.json());
    if (pathname === "/health") return new Response("ok");
    if (pathname === "/nothing") return Response.json({ ok: true });
    if (pathname === "/items") {
      const sql = `SELECT id, name, price FROM items ORDER BY id LIMIT ${listLength}`;
      const { rows = [] } = await execute(url, { sql });
      return Response.json({ items: rows.map(itemOf) });
    }
    const { rows = [] } = await execute(url, selectItem(Number(pathname.slice("/items/".length))));
    const [found] = rows;
    return found === undefined
      ? Response.json({ error: "not found" }, { status: 404 })
      : Response.json(itemOf(found));
  },
} satisfies ExportedHandler<Bindings>;

async function write(url: string, path: string, note: NewNote): Promise<Response> {
  if (path === "/notes") {
    await execute(url, insertNote(note));
    return Response.json({ added: 1 }, { status: 201 });
  }
  if (path === "/notes/batch") {
    await batch(url, Array<Step>(batchLength).fill(insertNote(note)));
    return Response.json({ added: batchLength }, { status: 201 });
  }
  return Response.json({ price: await transact(url, note) }, { status: 201 });
}

async function execute(url: string, stmt: Step): Promise<Result> {
  const [result] = (await send(url, null, [{ type: "execute", stmt }, { type: "close" }])).results;
  return result?.response?.result ?? {};
}

/** All or none: each step runs only if the one before it did. */
async function batch(url: string, inner: readonly Step[]): Promise<void> {
  const steps = [{ sql: "BEGIN" }, ...inner, { sql: "COMMIT" }].map((stmt, index) =>
    index === 0 ? { stmt } : { stmt, condition: { type: "ok", step: index - 1 } },
  );
  const undo = {
    stmt: { sql: "ROLLBACK" },
    condition: { type: "not", cond: { type: "ok", step: steps.length - 1 } },
  };
  const { results } = await send(url, null, [
    { type: "batch", batch: { steps: [...steps, undo] } },
    { type: "close" },
  ]);
  const failed = results[0]?.response?.result?.step_errors?.find((error) => error !== null);
  if (failed !== undefined) throw new Error(failed.message);
}

/** Three statements, each after the answer to the one before it, and COMMIT: the baton names the open stream. */
async function transact(url: string, note: NewNote): Promise<number> {
  const begun = await send(url, null, [
    { type: "execute", stmt: { sql: "BEGIN IMMEDIATE" } },
    { type: "execute", stmt: selectItem(note.item) },
  ]);
  const [row = []] = begun.results[1]?.response?.result?.rows ?? [];
  const stmt = {
    sql: "UPDATE counters SET notes = notes + 1 WHERE item = ?",
    args: [integer(note.item)],
  };
  const counted = await send(url, begun.baton, [{ type: "execute", stmt }]);
  const added = await send(url, counted.baton, [{ type: "execute", stmt: insertNote(note) }]);
  await send(url, added.baton, [{ type: "execute", stmt: { sql: "COMMIT" } }, { type: "close" }]);
  return itemOf(row).price;
}

async function send(url: string, baton: string | null, requests: readonly object[]): Promise<Pipeline> {
  const response = await fetch(`${url}/v2/pipeline`, {
    method: "POST",
    body: JSON.stringify({ baton, requests }),
  });
  if (!response.ok) throw new Error(`the database answered ${response.status}`);
  const pipeline = await response.json<Pipeline>();
  const failed = pipeline.results.find(({ type }) => type === "error");
  if (failed !== undefined) throw new Error(failed.error?.message);
  return pipeline;
}

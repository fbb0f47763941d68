// What SQLite makes of a value that is stored in a column of a type; asked of SQLite itself.
import { type Client, createClient } from "@libsql/client";

let client: Client | undefined;
const known = new Map<string, string>();

/** A value of the form `type:hex` or `type:literal`, as {@link readContents} gives it, stored in a column of a type. */
export async function storedAs(value: string, type: string): Promise<string> {
  const key = `${type} ${value}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  client ??= createClient({ url: ":memory:" });
  const results = await client.batch([
    `CREATE TABLE probe (v ${type})`,
    `INSERT INTO probe VALUES (${literalOf(value)})`,
    "SELECT typeof(v) || ':' || CASE typeof(v) WHEN 'text' THEN hex(v) WHEN 'blob' THEN hex(v) ELSE quote(v) END AS v FROM probe",
    "DROP TABLE probe",
  ]);
  const stored = String(results[2]?.rows[0]?.["v"]);
  known.set(key, stored);
  return stored;
}

function literalOf(value: string): string {
  const [type = "", ...rest] = value.split(":");
  const text = rest.join(":");
  if (type === "text") return `CAST(x'${text}' AS TEXT)`;
  return type === "blob" ? `x'${text}'` : text;
}

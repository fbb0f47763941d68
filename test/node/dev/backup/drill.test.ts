// The restore drill: real databases with everything in them, written to meanwhile, cut off, changed, killed.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyBackup, writeBackup } from "../../../../src/dev/backup/backup-file.ts";
import { readContents } from "../../../../src/dev/backup/database-contents.ts";
import { emptyDatabase } from "../../../../src/dev/backup/empty-database.ts";
import { withLoad, withSnapshot } from "../../../../src/dev/backup/exact-transaction.ts";
import { restore } from "../../../../src/dev/backup/restore.ts";
import { createDatabase, type TestDatabase } from "../../../support/database.ts";
import {
  configOf,
  countRows,
  fillWithEverything,
  hashPages,
  lookAtEverything,
  run,
  withClient,
} from "./everything.ts";
import { isLong } from "../../../support/tier.ts";

let folder: string;
let source: TestDatabase;
let whole: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eaves-restore-"));
  source = await createDatabase();
  await fillWithEverything(source.url);
  whole = await backUp(source.url, "whole.sql");
});

afterAll(async () => {
  await source.stop();
  await rm(folder, { recursive: true, force: true });
});

async function backUp(url: string, name: string): Promise<string> {
  const file = join(folder, name);
  await withSnapshot(configOf(url), (read) => writeBackup(file, readContents(read)));
  return file;
}

const fileDatabase = (name: string): string => pathToFileURL(join(folder, name)).href;

describe("restore", { timeout: 300_000 }, () => {
  it("brings a server's database to another server as it was, byte by byte", async () => {
    const target = await createDatabase();
    await restore(configOf(target.url), whole);
    const found = await lookAtEverything(target.url);
    expect(found).toEqual(await lookAtEverything(source.url));
    expect(found.length).toBeGreaterThan(60);
    // Seven rows of log are the ones that were there: no trigger has fired.
    expect(await countRows(target.url, "log")).toBe(7);
    await withClient(target.url, async (client) => {
      const { rows } = await client.execute("SELECT body FROM words WHERE words MATCH 'run'");
      expect(rows.map((row) => row[0])).toEqual(["running dogs"]);
      await client.execute("INSERT INTO values_of_all_kinds (t) VALUES ('next')");
      expect((await client.execute("SELECT max(id) FROM values_of_all_kinds")).rows[0]?.[0]).toBe(41n);
      await client.execute("DELETE FROM parent");
      expect((await client.execute("SELECT id FROM child")).rows.map((row) => row[0])).toEqual([2n]);
    });
    await target.stop();
  });

  it("goes from a server to a file, and from that file back to a server", async () => {
    const file = fileDatabase("between.db");
    await restore(configOf(file), whole);
    const again = await backUp(file, "from-file.sql");
    expect(readFileSync(again, "utf8")).toBe(readFileSync(whole, "utf8"));
    expect(await lookAtEverything(file)).toEqual(await lookAtEverything(source.url));
  });

  // 14 MB there and back take half a minute on a busy machine.
  it.runIf(isLong())("takes rows and values of any size that the server has taken", async () => {
    const large = await createDatabase();
    await run(large.url, ["CREATE TABLE pages (id INTEGER PRIMARY KEY, b BLOB, t TEXT)"]);
    const recursive = (count: number) =>
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
    await run(large.url, [
      // Small ones first, so that the pages have grown when these 22 come: more than an answer may hold.
      `${recursive(3_000)} INSERT INTO pages (t) SELECT 'small' FROM n`,
      `${recursive(22)} INSERT INTO pages (b) SELECT randomblob(400000) FROM n`,
      "INSERT INTO pages (b, t) VALUES (randomblob(1500000), hex(randomblob(900000)) || char(0) || 'it''s')",
      `INSERT INTO pages (b, t) VALUES (NULL, '${"it''s plain ".repeat(150_000)}')`,
    ]);
    const target = await createDatabase();
    await restore(configOf(target.url), await backUp(large.url, "large.sql"));
    expect(await hashPages(target.url)).toEqual(await hashPages(large.url));
    await Promise.all([large.stop(), target.stop()]);
  });

  it.runIf(isLong())("has one moment of a database that is written to meanwhile", async () => {
    const busy = await createDatabase();
    await run(busy.url, [
      "CREATE TABLE debit (id INTEGER PRIMARY KEY, note TEXT)",
      "CREATE TABLE credit (id INTEGER PRIMARY KEY, note TEXT)",
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO credit SELECT i, hex(randomblob(50)) FROM n",
      "INSERT INTO debit SELECT * FROM credit",
    ]);
    const stop = new AbortController();
    const writes = withClient(busy.url, async (client) => {
      while (!stop.signal.aborted)
        await client.batch(
          ["debit", "credit"].map((table) => `INSERT INTO ${table} (note) VALUES ('x')`),
          "write",
        );
    });
    const before = await countRows(busy.url, "debit");
    const file = await backUp(busy.url, "busy.sql");
    const after = await countRows(busy.url, "debit");
    stop.abort();
    await writes;
    const target = fileDatabase("busy.db");
    await restore(configOf(target), file);
    const [debit, credit] = [await countRows(target, "debit"), await countRows(target, "credit")];
    expect(debit).toBe(credit);
    expect(debit).toBeGreaterThanOrEqual(before);
    expect(debit).toBeLessThan(after);
    await busy.stop();
  });

  it.each([
    ["lacks its last line feed", (bytes: Buffer) => bytes.subarray(0, -1), "cut off"],
    [
      "lacks its last line",
      (bytes: Buffer) => bytes.subarray(0, bytes.lastIndexOf("-- eaves:whole")),
      "cut off",
    ],
    ["ends in the middle", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2), "cut off"],
    [
      "has a value changed",
      (bytes: Buffer) => replaced(bytes, "'twenty'", "'twentY'"),
      "not as it was written",
    ],
    [
      "has a statement added",
      (bytes: Buffer) => replaced(bytes, "COMMIT;\n--", "DELETE FROM log;\nCOMMIT;\n--"),
      "not as it was written",
    ],
    [
      "has something behind its end",
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("DROP TABLE log;\n")]),
      "cut off",
    ],
    [
      "has CRLF at its ends of lines",
      (bytes: Buffer) => Buffer.from(bytes.toString("latin1").replaceAll("\n", "\r\n"), "latin1"),
      "does not begin as",
    ],
    [
      "is another tool's",
      () => Buffer.from("PRAGMA foreign_keys=OFF;\nBEGIN;\nCOMMIT;\n"),
      "does not begin as",
    ],
    ["is empty", () => Buffer.alloc(0), "does not begin as"],
  ])("refuses a file that %s, and leaves the database empty", async (name, change, said) => {
    const file = join(folder, `${name}.sql`);
    writeFileSync(file, change(readFileSync(whole)));
    const target = fileDatabase(`${name}.db`);
    const failure = restore(configOf(target), file);
    await expect(failure).rejects.toMatchObject({ code: "BACKUP_UNUSABLE" });
    await expect(failure).rejects.toThrow(said);
    expect(await countRows(target, "sqlite_schema")).toBe(0);
  });

  it("refuses a database that is not empty, names what is there, and goes on once it is emptied", async () => {
    const target = await createDatabase();
    await fillWithEverything(target.url);
    const before = await lookAtEverything(target.url);
    const failure = restore(configOf(target.url), whole);
    await expect(failure).rejects.toMatchObject({ code: "DATABASE_NOT_EMPTY" });
    await expect(failure).rejects.toThrow("it has base_view, child, computed, descending, hidden_rowid and ");
    expect(await lookAtEverything(target.url)).toEqual(before);
    await emptyDatabase(configOf(target.url));
    await restore(configOf(target.url), whole);
    expect(await lookAtEverything(target.url)).toEqual(await lookAtEverything(source.url));
    await target.stop();
  });

  it("keeps nothing where a database gives back something else", async () => {
    const target = fileDatabase("other.db");
    const text = readFileSync(whole, "utf8").replace(`(10,'ten')`, `(10,'ten'||'')`);
    const file = join(folder, "other.sql");
    // Whole by its last line, and yet not what a backup of the restored database would say.
    const body = text.slice(0, text.lastIndexOf("-- eaves:whole"));
    const sha256 = createHash("sha256").update(body).digest("hex");
    writeFileSync(
      file,
      `${body}-- eaves:whole ${JSON.stringify({ ...(await verifyBackup(whole)), sha256 })}\n`,
    );
    await expect(restore(configOf(target), file)).rejects.toMatchObject({ code: "RESTORE_FAILED" });
    expect(await countRows(target, "sqlite_schema")).toBe(0);
  });
});

function replaced(bytes: Buffer, from: string, to: string): Buffer {
  const text = bytes.toString("latin1");
  expect(text).toContain(from);
  return Buffer.from(text.replace(from, to), "latin1");
}

describe("withLoad", () => {
  it("keeps nothing where the server dies before the end, and the restore is begun again", async () => {
    const target = await createDatabase();
    const died = withLoad(configOf(target.url), async ({ run: load }) => {
      await load(["CREATE TABLE half (v)", "INSERT INTO half VALUES (1)"]);
      await target.kill();
      await load(["INSERT INTO half VALUES (2)"]);
    });
    await expect(died).rejects.toMatchObject({ code: "DATABASE_FAILED" });
    await target.restart();
    await restore(configOf(target.url), whole);
    expect(await lookAtEverything(target.url)).toEqual(await lookAtEverything(source.url));
    await target.stop();
  });

  it.runIf(isLong())("says that the outcome is unknown where the answer to COMMIT is lost", async () => {
    const target = await createDatabase();
    const proxy = await target.proxy();
    const lost = withLoad(configOf(proxy.url), async ({ run: load }) => {
      await load(["CREATE TABLE half (v)"]);
      await proxy.refuse();
    });
    await expect(lost).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    // It never arrived: the database is empty, and the restore is begun again.
    expect(await countRows(target.url, "sqlite_schema")).toBe(0);
    await restore(configOf(target.url), whole);
    await target.stop();
  });
});

describe("withLoad beside others", () => {
  it.runIf(isLong())(
    "keeps nothing where another writer got the lock, and the restore is begun again after that",
    async () => {
      const target = await createDatabase();
      const robbed = withLoad(configOf(target.url), async ({ run: load }) => {
        await load(["CREATE TABLE half (v)"]);
        // Waits until the server takes the lock away from us, 5 s.
        await run(target.url, ["CREATE TABLE other (v)"]);
        await load(["INSERT INTO half VALUES (1)"]);
      });
      await expect(robbed).rejects.toMatchObject({ code: "DATABASE_FAILED" });
      await expect(robbed).rejects.toThrow("Others write to it meanwhile: let them stop, and begin again");
      await run(target.url, ["DROP TABLE other"]);
      await restore(configOf(target.url), whole);
      await target.stop();
    },
  );
});

describe("writeBackup", () => {
  it("writes a file that only its owner may read, and leaves nothing beside it", async () => {
    expect(statSync(whole).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("never overwrites a file", async () => {
    const before = readFileSync(whole, "utf8");
    await expect(backUp(source.url, "whole.sql")).rejects.toMatchObject({ code: "FILE_EXISTS" });
    expect(readFileSync(whole, "utf8")).toBe(before);
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
  });
});

describe("the file of a backup", () => {
  it("is SQL that makes the same database without the tool", async () => {
    const url = fileDatabase("by-hand.db");
    await withClient(url, (client) => client.executeMultiple(readFileSync(whole, "utf8")));
    expect(await lookAtEverything(url)).toEqual(await lookAtEverything(source.url));
  });
});

describe("withSnapshot", () => {
  it("makes no database where there is none", async () => {
    await expect(backUp(fileDatabase("missing.db"), "missing.sql")).rejects.toMatchObject({
      code: "DATABASE_FAILED",
    });
    expect(readdirSync(folder)).not.toContain("missing.db");
  });
});

describe("readContents", () => {
  it("names a table whose rows cannot be addressed, and reads it once a column is renamed", async () => {
    const url = fileDatabase("unaddressed.db");
    await run(url, ["CREATE TABLE t (rowid, _rowid_, oid)", "INSERT INTO t VALUES (1, 2, 3)"]);
    await expect(backUp(url, "unaddressed.sql")).rejects.toThrow("rename one of them");
    await run(url, ["ALTER TABLE t RENAME COLUMN oid TO other"]);
    expect(await verifyBackup(await backUp(url, "unaddressed.sql"))).toMatchObject({ rows: 1 });
  });
});

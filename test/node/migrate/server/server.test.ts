import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createClient } from "@libsql/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findFreePort } from "../../../../src/migrate/server/ports.ts";
import { isRunning, identifyProcess } from "../../../../src/migrate/server/process-table.ts";
import { startScratchServer } from "../../../../src/migrate/server/scratch-server.ts";
import { startServer, writeLockArgs } from "../../../../src/migrate/server/server.ts";

let folder: string;
const opened: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eaves-server-"));
});

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

async function occupyPort(): Promise<number> {
  const port = await findFreePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  opened.push(() => new Promise((resolve) => server.close(() => resolve())));
  return port;
}

describe("startServer", () => {
  it("serves a folder, and the data is there after it was stopped and started again", async () => {
    const first = await startServer({ folder });
    await createClient({ url: first.url }).executeMultiple("CREATE TABLE t (a); INSERT INTO t VALUES (7)");
    await first.stop();
    const second = await startServer({ folder });
    opened.push(second.kill);
    const { rows } = await createClient({ url: second.url }).execute("SELECT a FROM t");
    expect(rows[0]?.["a"]).toBe(7);
  });

  it.runIf(process.platform === "linux")("passes the arguments that keep the write lock", async () => {
    const server = await startServer({ folder });
    opened.push(server.kill);
    const given = (await readFile(`/proc/${server.pid}/cmdline`, "utf8")).split("\0");
    expect(given).toEqual(expect.arrayContaining([...writeLockArgs]));
  });

  it("leaves no process after stop, and stop may be called twice", async () => {
    const server = await startServer({ folder });
    const identity = identifyProcess(server.pid);
    await server.stop();
    await server.stop();
    expect(identity && isRunning(identity)).toBe(false);
  });

  it("reports a port that is taken", async () => {
    const port = await occupyPort();
    await expect(startServer({ folder, port })).rejects.toMatchObject({ code: "PORT_TAKEN" });
  });

  it("takes the next free port of a range", async () => {
    const port = await occupyPort();
    const server = await startServer({ folder, port, portRange: 20 });
    opened.push(server.kill);
    expect(server.port).toBeGreaterThan(port);
  });

  it.each(["dbs/default/data", "metastore/data", "dbs/default/wallog"])(
    "reports rubbish in %s as damage, on one line",
    async (file) => {
      await (await startServer({ folder })).stop();
      await rm(join(folder, "dbs/default/data-wal"), { force: true });
      await rm(join(folder, "dbs/default/data-shm"), { force: true });
      await writeFile(join(folder, file), randomBytes(8_192));
      await expect(startServer({ folder })).rejects.toMatchObject({
        code: "DATA_FOLDER_DAMAGED",
        message: expect.stringMatching(/^[^\n]*move the folder aside[^\n]*$/),
      });
    },
  );

  it("reports a folder that cannot be made", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(startServer({ folder: join(folder, "file/data") })).rejects.toMatchObject({
      code: "DATA_FOLDER_UNUSABLE",
    });
  });

  it("gives up on a server that does not answer in time, and ends it", async () => {
    let pid: number | undefined;
    const start = startServer({ folder, startTimeoutMs: 0, onSpawn: (spawned) => (pid = spawned.pid) });
    await expect(start).rejects.toMatchObject({ code: "START_TIMEOUT" });
    expect(pid).toBeTypeOf("number");
    expect(identifyProcess(pid ?? 0)).toBeUndefined();
  });
});

describe("startScratchServer", () => {
  it("removes its folder when it stops", async () => {
    const server = await startScratchServer();
    expect(existsSync(server.folder)).toBe(true);
    await server.stop();
    expect(existsSync(server.folder)).toBe(false);
  });

  it("restarts on the same port over the same data after it was killed", async () => {
    const server = await startScratchServer();
    await createClient({ url: server.url }).execute("CREATE TABLE kept (a)");
    await server.kill();
    const again = await server.restart();
    opened.push(again.stop);
    expect(again.port).toBe(server.port);
    await expect(createClient({ url: again.url }).execute("SELECT * FROM kept")).resolves.toBeDefined();
  });
});

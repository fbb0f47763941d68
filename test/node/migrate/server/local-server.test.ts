import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createClient } from "@libsql/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureLocalServer, startLocalServer } from "../../../../src/migrate/server/local-server.ts";
import { findFreePort } from "../../../../src/migrate/server/ports.ts";
import { identifyProcess, isRunning } from "../../../../src/migrate/server/process-table.ts";
import { findServer, readServerState } from "../../../../src/migrate/server/state.ts";
import { poll } from "../../../support/poll.ts";

let folder: string;
const opened: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eaves-local-"));
});

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

/** Starts the folder's server in another process; resolves with the first line it says. */
async function startElsewhere(): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const script = join(import.meta.dirname, "start-local-server.ts");
  const child = spawn(process.execPath, [script, folder], { stdio: ["ignore", "pipe", "ignore"] });
  opened.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  });
  for await (const line of createInterface({ input: child.stdout })) return { child, said: line };
  return { child, said: "" };
}

describe("startLocalServer", () => {
  it("publishes where it runs, and takes that back when it stops", async () => {
    const server = await startLocalServer(folder, { port: await findFreePort() });
    opened.push(server.kill);
    expect(await findServer(folder)).toMatchObject({ url: server.url, pid: server.pid });
    await server.stop();
    expect(await findServer(folder)).toBeUndefined();
  });

  it("lets exactly one of several processes win that start at once", async () => {
    const starters = await Promise.all(Array.from({ length: 4 }, startElsewhere));
    const said = starters.map((starter) => starter.said.replace(/ .*/, "")).toSorted();
    expect(said).toEqual(["FOLDER_IN_USE", "FOLDER_IN_USE", "FOLDER_IN_USE", "started"]);
  });

  it("refuses a second start in the same process too, naming the first", async () => {
    const server = await startLocalServer(folder, { port: await findFreePort() });
    opened.push(server.stop);
    await expect(startLocalServer(folder)).rejects.toMatchObject({
      code: "FOLDER_IN_USE",
      message: expect.stringContaining(server.url),
    });
  });

  it("ends the server of a starter that was killed, and serves the data it had acknowledged", async () => {
    const { child, said } = await startElsewhere();
    await createClient({ url: said.replace("started ", "") }).execute("CREATE TABLE kept (a)");
    const orphan = readServerState(folder);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await findServer(folder)).toBeUndefined();
    const server = await startLocalServer(folder, { port: await findFreePort() });
    opened.push(server.stop);
    expect(orphan && isRunning(orphan)).toBe(false);
    await expect(createClient({ url: server.url }).execute("SELECT * FROM kept")).resolves.toBeDefined();
  });

  it("can be started again after the server died by itself", async () => {
    const server = await startLocalServer(folder, { port: await findFreePort() });
    process.kill(server.pid, "SIGKILL");
    await server.exited;
    const again = await startLocalServer(folder, { port: await findFreePort() });
    opened.push(again.stop);
    expect((await findServer(folder))?.pid).toBe(again.pid);
  });
});

describe("findServer", () => {
  it("ignores a state file whose process is gone, or whose id now belongs to another", async () => {
    const stale = {
      url: "http://127.0.0.1:1",
      port: 1,
      pid: process.pid,
      processStart: "long ago",
      owner: identifyProcess(process.pid),
      startedAt: "",
      lifetime: "service",
    };
    await writeFile(join(folder, "server.json"), JSON.stringify(stale));
    expect(await findServer(folder)).toBeUndefined();
  });

  it("ignores a state file that is not one", async () => {
    await writeFile(join(folder, "server.json"), "{");
    expect(await findServer(folder)).toBeUndefined();
  });
});

describe("ensureLocalServer", () => {
  it("uses the server that runs, and leaves it running", async () => {
    const server = await startLocalServer(folder, { lifetime: "service", port: await findFreePort() });
    opened.push(server.stop);
    const used = await ensureLocalServer(folder);
    await used.stop();
    expect(used).toMatchObject({ url: server.url, owned: false });
    expect(await findServer(folder)).toBeDefined();
  });

  it("starts one for itself where none runs, and ends it", async () => {
    const used = await ensureLocalServer(folder, { port: await findFreePort() });
    expect(used.owned).toBe(true);
    await used.stop();
    expect(await findServer(folder)).toBeUndefined();
  });

  it("waits for another command's server to end instead of losing it half-way", async () => {
    const other = await startLocalServer(folder, { lifetime: "command", port: await findFreePort() });
    const waiting = ensureLocalServer(folder, { port: await findFreePort() });
    await poll(
      () => findServer(folder),
      (state) => state?.pid === other.pid,
    );
    await other.stop();
    const used = await waiting;
    opened.push(used.stop);
    expect(used.owned).toBe(true);
    expect((await findServer(folder))?.url).toBe(used.url);
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const launcher = join(import.meta.dirname, "../../../src/dev/launch.mjs");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eaves-launch-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function launch(source: string, ...args: readonly string[]) {
  const entry = join(folder, "entry.ts");
  await writeFile(entry, source);
  const child = spawn(process.execPath, [launcher, entry, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  return { child, nextLine, exited: once(child, "exit") };
}

describe("launch.mjs", () => {
  it("runs TypeScript with its arguments on a Node that can, which comes first in PATH", async () => {
    const source = `
      import { dirname } from "node:path";
      const first: boolean = process.env.PATH?.startsWith(dirname(process.execPath)) ?? false;
      console.log(JSON.stringify([process.argv.slice(2), first]));`;
    const { nextLine, exited } = await launch(source, "a b", "--flag");
    expect(JSON.parse(await nextLine())).toEqual([["a b", "--flag"], true]);
    expect((await exited)[0]).toBe(0);
  });

  it("exits with the child's code", async () => {
    const { exited } = await launch("process.exit(7)");
    expect((await exited)[0]).toBe(7);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("passes %s on", async (signal) => {
    const source = `
      process.on("${signal}", () => { console.log("got ${signal}"); process.exit(3); });
      setInterval(() => {}, 1000); console.log("ready");`;
    const { child, nextLine, exited } = await launch(source);
    expect(await nextLine()).toBe("ready");
    child.kill(signal);
    expect(await nextLine()).toBe(`got ${signal}`);
    expect((await exited)[0]).toBe(3);
  });
});

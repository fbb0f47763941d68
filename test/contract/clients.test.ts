// The examples of clients, against the service as it is deployed: they compile, and what they ask is answered.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";

import { introduce as introduceByHono } from "../examples/hono-client.ts";
import {
  type Credentials,
  introduce as introduceByDocument,
  refusalOf,
  type User,
} from "../examples/openapi-client.ts";
import { type RunningService, startService } from "../support/running-service.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const password = "correct horse battery";
let service: RunningService;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service[Symbol.asyncDispose]());

describe.each([
  ["hono/client", introduceByHono],
  ["openapi-fetch", introduceByDocument],
])("the example with %s", (name, introduce) => {
  const email = `${name.replaceAll("/", "-")}@example.com`;

  it("signs up, logs in and reads its account", async () => {
    const me = await introduce(service.origin, { email, password });
    expect(me).toEqual({ id: expect.any(Number), email, role: "user", disabled: false });
  });

  it("says why it was refused", async () => {
    await introduce(service.origin, { email: `second-${email}`, password });
    const again = introduce(service.origin, { email: `second-${email}`, password });
    await expect(again).rejects.toThrow("UNIQUE_VIOLATION");
  });
});

describe("refusalOf", () => {
  it("tells refusals apart by their codes", async () => {
    expect(await refusalOf(service.origin, { email: "x", password })).toBe("FIELDS_INVALID");
    expect(await refusalOf(service.origin, { email: "third@example.com", password })).toBeUndefined();
  });
});

describe("the types of the examples", () => {
  it("agree, though one comes from the code and the other from the document", () => {
    expectTypeOf<Awaited<ReturnType<typeof introduceByHono>>>().toExtend<User>();
    expectTypeOf<User>().toExtend<Awaited<ReturnType<typeof introduceByHono>>>();
  });

  it("know the fields and the codes", () => {
    expectTypeOf<keyof Credentials>().toEqualTypeOf<"email" | "password">();
    expectTypeOf<Awaited<ReturnType<typeof refusalOf>>>().toExtend<string | undefined>();
    expectTypeOf<"UNIQUE_VIOLATION">().toExtend<Awaited<ReturnType<typeof refusalOf>>>();
    expectTypeOf<"NOT_READY">().not.toExtend<Awaited<ReturnType<typeof refusalOf>>>();
  });
});

describe("openapi-types.ts", () => {
  it("is what openapi-typescript makes of the document", async () => {
    const folder = await mkdtemp(join(tmpdir(), "eaves-types-"));
    try {
      const made = join(folder, "types.ts");
      const examples = join(root, "test/examples");
      const program = join(examples, "node_modules/openapi-typescript/bin/cli.js");
      await run(process.execPath, [program, join(root, ".assets/openapi.json"), "-o", made], {
        cwd: examples,
      });
      const hint = "run npm run assets && npm run types -w eaves-client-examples";
      const present = await readFile(join(examples, "openapi-types.ts"), "utf8");
      expect(present === (await readFile(made, "utf8")), hint).toBe(true);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

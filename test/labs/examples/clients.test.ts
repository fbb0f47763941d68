// The examples of clients, against the service as it is deployed: they compile, and what they ask is answered.
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";

import { introduce as introduceByHono } from "./hono-client.ts";
import {
  type Credentials,
  introduce as introduceByDocument,
  refusalOf,
  type User,
} from "./openapi-client.ts";
import { type RunningService, startService } from "../../support/running-service.ts";

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

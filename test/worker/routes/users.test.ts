// Sign-up as a caller meets it, over a database of its own.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { openAccount, password } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { createService, faultyFields } from "./service.ts";
import type { Service } from "./service.ts";

let database: TestDatabase;
let service: Service;
let admin: Account;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  service = createService({ DATABASE_URL: database.url });
  admin = await openAccount(service, database, "admin@example.org", "admin");
});

afterAll(() => database.stop());

describe("POST /users", () => {
  it("creates an account, says where it is, and costs one round trip", async () => {
    const answer = await service.send("POST", "/users", { email: "  Ada@Example.ORG ", password });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      id: expect.any(Number),
      email: "ada@example.org",
      role: "user",
      disabled: false,
    });
    expect(answer.headers.get("Location")).toBe(`/users/${String(answer.json["id"])}`);
    expect(answer.log).toMatchObject({ method: "POST", route: "/users", status: 201 });
    expect(answer.log.database).toMatchObject({ opened: true, roundTrips: 1 });
    const { json } = await service.as(admin.accessToken, "GET", answer.headers.get("Location") ?? "");
    expect(json).toEqual(answer.json);
  });

  it("answers 409 naming the email where it is taken, in whatever case", async () => {
    await openAccount(service, database, "taken@example.org");
    const answer = await service.send("POST", "/users", { email: "TAKEN@example.org ", password });
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ code: "UNIQUE_VIOLATION", type: "urn:eaves:problem:conflict" });
    expect(faultyFields(answer)).toEqual(["email"]);
  });

  it("lets exactly one of 50 parallel registrations of an email through", async () => {
    const body = { email: "race@example.org", password };
    const answers = await Promise.all(Array.from({ length: 50 }, () => service.send("POST", "/users", body)));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([201, ...Array.from({ length: 49 }, () => 409)]);
  });

  it("makes nobody an administrator, whoever asks", async () => {
    const body = { email: "climber@example.org", password, role: "admin" };
    for (const token of [undefined, admin.accessToken]) {
      const answer = await service.send("POST", "/users", body, token);
      expect(answer.status).toBe(422);
      expect(faultyFields(answer)).toEqual(["role"]);
    }
  });

  it("names every fault of the fields at once", async () => {
    const body = { email: 7, password: "short", role: "admin", disabled: false, x: 1 };
    const answer = await service.send("POST", "/users", body);
    expect(answer.status).toBe(422);
    expect(faultyFields(answer)).toEqual(["email", "password", "role", "disabled", "x"]);
    expect(answer.text.match(/cannot be set by a request/g)).toHaveLength(2);
    expect(answer.text).not.toContain("short");
    expect(answer.log.database).toMatchObject({ opened: false, roundTrips: 0 });
  });

  it.each([
    ["no fields", {}, ["email", "password"]],
    ["null for a field", { email: null, password }, ["email"]],
    ["a list", [], ["body"]],
    ["null", null, ["body"]],
    ["text", "ada@example.org", ["body"]],
    ["an email without a host", { email: "ada@", password }, ["email"]],
    ["an email of 255 characters", { email: `${"a".repeat(60)}@${"b".repeat(194)}`, password }, ["email"]],
    ["a password of 7 characters", { email: "p@example.org", password: "1234567" }, ["password"]],
    ["a password of 129 characters", { email: "p@example.org", password: "x".repeat(129) }, ["password"]],
    ["a common password", { email: "p@example.org", password: "PassWord123" }, ["password"]],
    [
      "a field of every object",
      JSON.parse('{"__proto__": 1, "constructor": 2}'),
      ["email", "password", "__proto__", "constructor"],
    ],
  ])("answers 422 for %s", async (_, body, fields) => {
    const answer = await service.send("POST", "/users", body);
    expect(answer.status).toBe(422);
    expect(faultyFields(answer)).toEqual(fields);
  });

  it("counts the characters of a password, not their bytes", async () => {
    const body = { email: "emoji@example.org", password: "🔑".repeat(128) };
    expect((await service.send("POST", "/users", body)).status).toBe(201);
  });
});

// The users routes as a caller meets them, over a database of their own.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { User } from "../../../src/users/user-repository.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { createService, faultyFields } from "./service.ts";
import type { Service } from "./service.ts";

let database: TestDatabase;
let service: Service;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  service = createService({ DATABASE_URL: database.url });
});

afterAll(() => database.stop());

const password = "correct horse battery";

async function register(email: string): Promise<number> {
  const { status, json } = await service.send("POST", "/users", { email, password });
  expect(status).toBe(201);
  return json["id"] as number;
}

describe("POST /users", () => {
  it("creates an account, says where it is, and costs one round trip", async () => {
    const answer = await service.send("POST", "/users", { email: "  Ada@Example.ORG ", password });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({ id: expect.any(Number), email: "ada@example.org", role: null });
    expect(answer.headers.get("Location")).toBe(`/users/${String(answer.json["id"])}`);
    expect(answer.log).toMatchObject({ method: "POST", route: "/users", status: 201 });
    expect(answer.log.database).toMatchObject({ opened: true, roundTrips: 1 });
    const { json } = await service.request(answer.headers.get("Location") ?? "");
    expect(json).toEqual(answer.json);
  });

  it("answers 409 naming the email where it is taken, in whatever case", async () => {
    await register("taken@example.org");
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

  it("names every fault of the fields at once", async () => {
    const answer = await service.send("POST", "/users", { email: 7, password: "short", role: "admin", x: 1 });
    expect(answer.status).toBe(422);
    expect(faultyFields(answer)).toEqual(["email", "password", "role", "x"]);
    expect(answer.text).toContain("cannot be set by a request");
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

describe("GET /users/:id", () => {
  it("shows the account in one round trip", async () => {
    const id = await register("one@example.org");
    const answer = await service.request(`/users/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ id, email: "one@example.org", role: null });
    expect(answer.log).toMatchObject({ route: "/users/:id", database: { roundTrips: 1 } });
    expect(answer.line).not.toContain(`/users/${id}`);
  });

  it.each(["999999", "0", "-1", "1.0", "01", "1e3", "abc", "%00", "9007199254740992", "1'--"])(
    "answers 404 for the id %s",
    async (id) => {
      const answer = await service.request(`/users/${id}`);
      expect(answer.status).toBe(404);
      expect(answer.json).toMatchObject({ code: "USER_NOT_FOUND", status: 404 });
    },
  );

  it("answers HEAD like GET, without a body", async () => {
    const id = await register("head@example.org");
    const answer = await service.request(`/users/${id}`, { method: "HEAD" });
    expect(answer).toMatchObject({ status: 200, text: "" });
    expect(answer.log).toMatchObject({ method: "HEAD", route: "/users/:id" });
  });
});

describe("PATCH /users/:id", () => {
  it("changes email and password in one round trip, and nothing else", async () => {
    const id = await register("before@example.org");
    const answer = await service.send("PATCH", `/users/${id}`, {
      email: "After@example.org",
      password: "another one",
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ id, email: "after@example.org", role: null });
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
    expect((await service.request(`/users/${id}`)).json).toEqual(answer.json);
  });

  it.each([
    [{}, ["body"]],
    [{ role: "admin" }, ["role"]],
    [{ id: 5 }, ["id"]],
    [{ email: "", password: null }, ["email", "password"]],
  ])("answers 422 for %j", async (body, fields) => {
    const answer = await service.send("PATCH", "/users/1", body);
    expect(answer.status).toBe(422);
    expect(faultyFields(answer)).toEqual(fields);
  });

  it("answers 404 where there is no such account", async () => {
    expect((await service.send("PATCH", "/users/999999", { email: "x@example.org" })).status).toBe(404);
  });

  it("answers 409 where another account has the email", async () => {
    await register("first@example.org");
    const id = await register("second@example.org");
    const answer = await service.send("PATCH", `/users/${id}`, { email: "first@example.org" });
    expect(answer.status).toBe(409);
    expect((await service.request(`/users/${id}`)).json).toMatchObject({ email: "second@example.org" });
  });
});

describe("DELETE /users/:id", () => {
  it("deletes the account in one round trip, and answers 404 the second time", async () => {
    const id = await register("gone@example.org");
    const answer = await service.request(`/users/${id}`, { method: "DELETE" });
    expect(answer).toMatchObject({ status: 204, text: "" });
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
    expect((await service.request(`/users/${id}`)).status).toBe(404);
    expect((await service.request(`/users/${id}`, { method: "DELETE" })).status).toBe(404);
  });
});

describe("GET /users", () => {
  let own: TestDatabase;
  let listing: Service;

  beforeAll(async () => {
    own = await createDatabase({ migrated: true });
    listing = createService({ DATABASE_URL: own.url });
    for (let n = 1; n <= 25; n += 1)
      await listing.send("POST", "/users", { email: `${n}@example.org`, password });
  });

  afterAll(() => own.stop());

  async function readPages(query: string): Promise<{ sizes: number[]; ids: number[] }> {
    const sizes: number[] = [];
    const ids: number[] = [];
    for (let next: string | null = ""; next !== null;) {
      const answer = await listing.request(`/users?${query}${next === "" ? "" : `&cursor=${next}`}`);
      expect(answer.status).toBe(200);
      const users = answer.json["users"] as User[];
      sizes.push(users.length);
      ids.push(...users.map(({ id }) => id));
      next = answer.json["next"] as string | null;
    }
    return { sizes, ids };
  }

  it("gives 20 accounts in the order of their ids, in one round trip", async () => {
    const answer = await listing.request("/users");
    const users = answer.json["users"] as User[];
    expect(users.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(Object.keys(users[0] ?? {})).toEqual(["id", "email", "role"]);
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
  });

  it.each([
    ["limit=10", [10, 10, 5]],
    ["limit=25", [25]],
    ["limit=24", [24, 1]],
    ["limit=100", [25]],
  ])("leads through all accounts once with %s", async (query, sizes) => {
    const pages = await readPages(query);
    expect(pages.sizes).toEqual(sizes);
    expect(pages.ids).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
  });

  it("shows only accounts with the role that is asked for", async () => {
    expect(await readPages("role=admin")).toEqual({ sizes: [0], ids: [] });
  });

  it.each([
    ["limit=0", ["limit"]],
    ["limit=101", ["limit"]],
    ["limit=1&limit=2", ["limit"]],
    ["cursor=MQ", ["cursor"]],
    ["cursor=&role=", ["cursor", "role"]],
    ["limit=x&page=2", ["limit", "page"]],
  ])("answers 422 for ?%s", async (query, fields) => {
    const answer = await listing.request(`/users?${query}`);
    expect(answer.status).toBe(422);
    expect(faultyFields(answer)).toEqual(fields);
    expect(answer.line).not.toContain("?");
  });
});

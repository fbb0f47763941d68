// What a caller does with the own account, over a database of its own.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { logInAs, openAccount, password, query } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { createService, faultyFields } from "./service.ts";
import type { Answer, Service } from "./service.ts";

let database: TestDatabase;
let service: Service;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  service = createService({ DATABASE_URL: database.url });
});

afterAll(() => database.stop());

const open = (name: string): Promise<Account> => openAccount(service, database, `${name}@example.org`);
const show = ({ accessToken }: Account): Promise<Answer> => service.as(accessToken, "GET", "/users/me");
const change = ({ accessToken }: Account, body: unknown): Promise<Answer> =>
  service.send("PATCH", "/users/me", body, accessToken);

describe("GET /users/me", () => {
  it("shows the caller's own account in one round trip", async () => {
    const [ada, bob] = [await open("ada"), await open("bob")];
    const answer = await show(ada);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ id: ada.id, email: ada.email, role: "user", disabled: false });
    expect(answer.log).toMatchObject({ route: "/users/me", database: { roundTrips: 1 } });
    expect((await show(bob)).json).toMatchObject({ id: bob.id });
  });

  it("answers HEAD like GET, without a body", async () => {
    const { accessToken } = await open("head");
    const answer = await service.as(accessToken, "HEAD", "/users/me");
    expect(answer).toMatchObject({ status: 200, text: "" });
  });

  it("shows the role that is stored, not the one that the token was signed with", async () => {
    const account = await open("riser");
    await query(database, { sql: "UPDATE users SET role = 'admin' WHERE id = ?", args: [account.id] });
    expect((await show(account)).json).toMatchObject({ role: "admin" });
  });
});

describe("PATCH /users/me", () => {
  it("changes the email in one round trip and nothing else; the login stays", async () => {
    const [account, other] = [await open("before"), await open("other")];
    const answer = await change(account, { email: " After@example.org" });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      id: account.id,
      email: "after@example.org",
      role: "user",
      disabled: false,
    });
    expect(answer.log).toMatchObject({ route: "/users/me", database: { roundTrips: 1 } });
    expect((await show(account)).json).toEqual(answer.json);
    expect((await show(other)).json).toMatchObject({ email: other.email });
    await logInAs(service, "after@example.org");
    await expect(logInAs(service, "before@example.org")).rejects.toThrow("401");
  });

  it("answers 409 where another account has the email", async () => {
    const [first, second] = [await open("first"), await open("second")];
    const answer = await change(second, { email: "FIRST@example.org" });
    expect(answer.json).toMatchObject({ status: 409, code: "UNIQUE_VIOLATION" });
    // The check of the caller came with the statement that was refused, and is not repeated.
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
    expect(faultyFields(answer)).toEqual(["email"]);
    expect((await show(second)).json).toMatchObject({ email: second.email });
    expect((await change(first, { email: first.email })).status).toBe(200);
  });

  it.each([
    [{}, ["email"]],
    [[], ["body"]],
    [{ email: "" }, ["email"]],
    [{ email: "x@example.org", id: 5 }, ["id"]],
    [{ email: "x@example.org", role: "admin" }, ["role"]],
    [{ email: "x@example.org", disabled: false }, ["disabled"]],
    [{ email: "x@example.org", password: "another password" }, ["password"]],
  ])("answers 422 for %j", async (body, fields) => {
    const account = await open(`fields-${crypto.randomUUID()}`);
    const answer = await change(account, body);
    expect(answer.status).toBe(422);
    expect(faultyFields(answer)).toEqual(fields);
    expect((await show(account)).json).toEqual({
      id: account.id,
      email: account.email,
      role: "user",
      disabled: false,
    });
  });

  it("says where the password is changed", async () => {
    const answer = await change(await open("lost"), { email: "x@example.org", password: "another password" });
    expect(answer.text).toContain("is changed at /users/me/password");
  });
});

describe("DELETE /users/me", () => {
  it("deletes the caller's account with its logins in one round trip, and no other", async () => {
    const [account, other] = [await open("leaver"), await open("stayer")];
    const answer = await service.as(account.accessToken, "DELETE", "/users/me");
    expect(answer).toMatchObject({ status: 204, text: "" });
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
    const rows = await query(database, "SELECT DISTINCT user_id FROM auth_sessions");
    expect(rows.map((row) => row["user_id"])).not.toContain(account.id);
    expect(rows.map((row) => row["user_id"])).toContain(other.id);
    const { refreshToken, email } = account;
    expect((await service.send("POST", "/auth/refresh", { refreshToken })).status).toBe(401);
    await expect(logInAs(service, email)).rejects.toThrow("401");
    expect((await show(other)).status).toBe(200);
  });

  it("never gives the id again, so that a token of before comes to no other account", async () => {
    const leaver = await open("again");
    await service.as(leaver.accessToken, "DELETE", "/users/me");
    const comer = await open("again");
    expect(comer.id).toBeGreaterThan(leaver.id);
    expect((await service.as(leaver.accessToken, "DELETE", "/users/me")).status).toBe(401);
    expect((await show(comer)).status).toBe(200);
  });
});

describe("a live token of an account", () => {
  const endings: readonly (readonly [how: string, sql: string])[] = [
    ["deleted", "DELETE FROM users WHERE id = ?"],
    ["closed", "UPDATE users SET disabled_at = 1 WHERE id = ?"],
  ];
  const passwords = { oldPassword: password, newPassword: "another password" };
  const requests: readonly { readonly method: string; readonly path: string; readonly body?: unknown }[] = [
    { method: "GET", path: "/users/me" },
    { method: "PATCH", path: "/users/me", body: { email: "revenant@example.org" } },
    { method: "POST", path: "/users/me/password", body: passwords },
    { method: "DELETE", path: "/users/me" },
  ];
  const cases = endings.flatMap(([how, sql]) => requests.map((request) => ({ how, sql, ...request })));

  it.each(cases)("that was $how is refused to $method $path", async ({ sql, method, path, body }) => {
    const account = await open(`revenant-${crypto.randomUUID()}`);
    await query(database, { sql, args: [account.id] });
    const before = await query(database, "SELECT * FROM users ORDER BY id");
    const { accessToken } = account;
    const answer = await (body === undefined
      ? service.as(accessToken, method, path)
      : service.send(method, path, body, accessToken));
    expect(answer.json).toMatchObject({ status: 401, code: "TOKEN_INVALID" });
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer error="invalid_token"');
    expect(await query(database, "SELECT * FROM users ORDER BY id")).toEqual(before);
  });
});

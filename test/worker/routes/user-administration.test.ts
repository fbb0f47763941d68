// What administrators do with accounts, one by one, over a database of its own.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { logInAs, openAccount, password, query } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { createService, faultyFields } from "./service.ts";
import type { Answer, Service } from "./service.ts";

let database: TestDatabase;
let service: Service;
let admin: Account;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  service = createService({ DATABASE_URL: database.url });
  admin = await openAccount(service, database, "admin@example.org", "admin");
});

afterAll(() => database.stop());

const open = (name: string): Promise<Account> => openAccount(service, database, `${name}@example.org`);
const ask = (method: string, path: string): Promise<Answer> => service.as(admin.accessToken, method, path);
const change = (id: number, body: unknown): Promise<Answer> =>
  service.send("PATCH", `/users/${id}`, body, admin.accessToken);
const refresh = (refreshToken: string): Promise<Answer> =>
  service.send("POST", "/auth/refresh", { refreshToken });
const countLogins = async (id: number): Promise<number> => {
  const sql = "SELECT count(*) AS logins FROM auth_sessions WHERE user_id = ?";
  const [row] = await query(database, { sql, args: [id] });
  return Number(row?.["logins"]);
};

describe("GET /users/:id", () => {
  it("shows the account in one round trip", async () => {
    const { id } = await open("one");
    const answer = await ask("GET", `/users/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ id, email: "one@example.org", role: "user", disabled: false });
    expect(answer.log).toMatchObject({ route: "/users/:id", database: { roundTrips: 1 } });
    expect(answer.line).not.toContain(`/users/${id}`);
  });

  it("shows an account without a role, or with one that is unknown, as an ordinary one", async () => {
    const { id } = await open("odd");
    for (const role of [null, "owner", "ADMIN"]) {
      await query(database, { sql: "UPDATE users SET role = ? WHERE id = ?", args: [role, id] });
      expect((await ask("GET", `/users/${id}`)).json).toMatchObject({ id, role: "user" });
    }
  });

  it.each(["999999", "0", "-1", "1.0", "01", "1e3", "abc", "%00", "9007199254740992", "1'--"])(
    "answers 404 for the id %s",
    async (id) => {
      const answer = await ask("GET", `/users/${id}`);
      expect(answer.status).toBe(404);
      expect(answer.json).toMatchObject({ code: "USER_NOT_FOUND", status: 404 });
    },
  );

  it("answers HEAD like GET, without a body", async () => {
    const { id } = await open("head");
    const answer = await ask("HEAD", `/users/${id}`);
    expect(answer).toMatchObject({ status: 200, text: "" });
    expect(answer.log).toMatchObject({ method: "HEAD", route: "/users/:id" });
  });
});

describe("PATCH /users/:id", () => {
  it("changes the role in one round trip and nothing else; the next token has it", async () => {
    const { id, refreshToken } = await open("riser");
    const answer = await change(id, { role: "admin" });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ id, email: "riser@example.org", role: "admin", disabled: false });
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
    expect((await ask("GET", `/users/${id}`)).json).toEqual(answer.json);
    const risen = await refresh(refreshToken);
    expect((await service.as(String(risen.json["accessToken"]), "GET", "/users")).status).toBe(200);

    expect((await change(id, { role: "user" })).json).toMatchObject({ id, role: "user" });
    const fallen = await refresh(String(risen.json["refreshToken"]));
    expect((await service.as(String(fallen.json["accessToken"]), "GET", "/users")).status).toBe(403);
  });

  it("closes an account in one round trip and ends its logins, which opening it does not bring back", async () => {
    const { id, email, accessToken, refreshToken } = await open("closed");
    const other = await logInAs(service, email);
    const bystander = await open("bystander");
    const closed = await change(id, { disabled: true });
    expect(closed.json).toEqual({ id, email, role: "user", disabled: true });
    expect(closed.log.database).toMatchObject({ roundTrips: 1 });
    expect(await countLogins(id)).toBe(0);
    expect((await service.as(accessToken, "GET", "/users/me")).status).toBe(401);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await service.send("POST", "/auth/login", { email, password })).status).toBe(401);
    expect((await refresh(bystander.refreshToken)).status).toBe(200);

    const opened = await change(id, { disabled: false });
    expect(opened.json).toEqual({ id, email, role: "user", disabled: false });
    expect(opened.log.database).toMatchObject({ roundTrips: 1 });
    for (const token of [refreshToken, other.refreshToken])
      expect((await refresh(token)).json).toMatchObject({ status: 401, code: "REFRESH_TOKEN_INVALID" });
    expect((await refresh((await logInAs(service, email)).refreshToken)).status).toBe(200);
  });

  it("leaves the logins alone where it does not close the account", async () => {
    const { id, refreshToken } = await open("kept");
    await change(id, { role: "user", disabled: false });
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it("changes both at once", async () => {
    const { id } = await open("both");
    const answer = await change(id, { role: "admin", disabled: true });
    expect(answer.json).toMatchObject({ id, role: "admin", disabled: true });
  });

  it.each([
    [{}, ["body"]],
    [{ role: "owner" }, ["role"]],
    [{ role: null, disabled: null }, ["role", "disabled"]],
    [{ disabled: "true" }, ["disabled"]],
    [{ disabled: 1 }, ["disabled"]],
    [{ id: 5, role: "user" }, ["id"]],
    [{ email: "x@example.org", password }, ["email", "password"]],
  ])("answers 422 for %j", async (body, fields) => {
    const answer = await change(admin.id, body);
    expect(answer.status).toBe(422);
    expect(faultyFields(answer)).toEqual(fields);
    expect(answer.log.database).toMatchObject({ statements: 0, roundTrips: 1 });
  });

  it.each([{ role: "admin" }, { disabled: true }, { disabled: false }])(
    "answers 404 to %j where there is no such account",
    async (body) => {
      for (const id of ["999999", "abc"]) {
        const answer = await service.send("PATCH", `/users/${id}`, body, admin.accessToken);
        expect(answer.json).toMatchObject({ status: 404, code: "USER_NOT_FOUND" });
      }
    },
  );
});

describe("DELETE /users/:id", () => {
  it("deletes the account with its logins in one round trip, and answers 404 the second time", async () => {
    const { id, email, accessToken, refreshToken } = await open("gone");
    const answer = await ask("DELETE", `/users/${id}`);
    expect(answer).toMatchObject({ status: 204, text: "" });
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
    expect((await ask("GET", `/users/${id}`)).status).toBe(404);
    expect((await ask("DELETE", `/users/${id}`)).status).toBe(404);
    expect(await countLogins(id)).toBe(0);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await service.as(accessToken, "GET", "/users/me")).status).toBe(401);
    expect((await service.send("POST", "/auth/login", { email, password })).status).toBe(401);
  });

  it("never gives an id twice, so that no token comes to another account", async () => {
    const newest = await open("newest");
    await ask("DELETE", `/users/${newest.id}`);
    const next = await open("newest");
    expect(next.id).toBeGreaterThan(newest.id);
    expect((await service.as(newest.accessToken, "GET", "/users/me")).status).toBe(401);
    expect((await service.as(next.accessToken, "GET", "/users/me")).json).toMatchObject({ id: next.id });
  });
});

describe("an administrator who is none any more", () => {
  const losses = {
    "was disabled": "UPDATE users SET disabled_at = 1 WHERE id = ?",
    "lost the role": "UPDATE users SET role = 'user' WHERE id = ?",
    "was deleted": "DELETE FROM users WHERE id = ?",
  } as const;

  it.each(Object.entries(losses))(
    "is refused at once, with a token that is still good: %s",
    async (how, sql) => {
      const name = how.replaceAll(" ", "-");
      const former = await openAccount(service, database, `former-${name}@example.org`, "admin");
      const other = await open(`other-${name}`);
      await query(database, { sql, args: [former.id] });
      const answers = [
        await service.as(former.accessToken, "GET", "/users"),
        await service.as(former.accessToken, "GET", `/users/${other.id}`),
        await service.send(
          "PATCH",
          `/users/${former.id}`,
          { disabled: false, role: "admin" },
          former.accessToken,
        ),
        await service.send("PATCH", `/users/${other.id}`, { disabled: true }, former.accessToken),
        await service.as(former.accessToken, "DELETE", `/users/${other.id}`),
      ];
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 403, json: { code: "ROLE_REQUIRED" } });
        expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer error="insufficient_scope"');
        expect(answer.log.database).toMatchObject({ roundTrips: 1 });
        expect(answer.text).not.toContain("example.org");
      }
      expect((await ask("GET", `/users/${other.id}`)).json).toMatchObject({ disabled: false });
      expect(await countLogins(other.id)).toBe(1);
      const [row] = await query(database, {
        sql: "SELECT role, disabled_at FROM users WHERE id = ?",
        args: [former.id],
      });
      expect(row?.["role"] === "admin" && row["disabled_at"] === null).toBe(false);
    },
  );

  it("may close its own account, which ends its logins", async () => {
    const last = await openAccount(service, database, "closing@example.org", "admin");
    const answer = await service.send("PATCH", `/users/${last.id}`, { disabled: true }, last.accessToken);
    expect(answer).toMatchObject({ status: 200, json: { disabled: true } });
    expect(await countLogins(last.id)).toBe(0);
  });
});

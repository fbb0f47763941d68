// Logging in: what is given, who is refused and that nobody can tell why, and hashes that are made anew.
import { describe, expect, it } from "vitest";
import { logInAs, openAccount, password, query } from "../routes/accounts.ts";
import type { Answer } from "../routes/service.ts";
import { countLogins, countStatuses, readToken, seen, storedHash, useStage } from "./stage.ts";

const stage = useStage();
const stronger = { PASSWORD_SCRYPT: "ln=11,r=8,p=1" };

function logIn(email: string, given: string): Promise<Answer> {
  return stage.service.send("POST", "/auth/login", { email, password: given });
}

async function store(email: string, hash: string): Promise<void> {
  await query(stage.database, { sql: "UPDATE users SET password = ? WHERE email = ?", args: [hash, email] });
}

describe("POST /auth/login", () => {
  it("gives an access token for 300 seconds and a refresh token, in two round trips", async () => {
    const { id, email } = await openAccount(stage.service, stage.database, "ada@example.org");
    const answer = await logIn(email, password);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      tokenType: "Bearer",
      expiresIn: 300,
      refreshToken: expect.stringMatching(/^[\w-]{64}$/),
    });
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    expect(answer.log.database).toMatchObject({ roundTrips: 2 });
    const { header, payload } = readToken(String(answer.json["accessToken"]));
    expect(header).toEqual({ alg: "HS256", typ: "at+jwt", kid: expect.stringMatching(/^[\w-]{10}$/) });
    expect(payload).toEqual({
      iss: "urn:eaves:development",
      aud: "urn:eaves:api",
      sub: String(id),
      sid: expect.any(Number),
      role: "user",
      jti: expect.any(String),
      iat: stage.now(),
      exp: stage.now() + 300,
    });
  });

  it("names the role and the login in the access token, and no two tokens are the same", async () => {
    const admin = await openAccount(stage.service, stage.database, "admin@example.org", "admin");
    const other = await logInAs(stage.service, admin.email);
    const [one, two] = [admin, other].map(({ accessToken }) => readToken(accessToken).payload);
    expect(one).toMatchObject({ role: "admin", sub: String(admin.id) });
    expect(two?.["sid"]).not.toBe(one?.["sid"]);
    expect(two?.["jti"]).not.toBe(one?.["jti"]);
    expect(other.refreshToken).not.toBe(admin.refreshToken);
    expect(await countLogins(stage.database, admin.id)).toBe(2);
  });

  it("keeps hashes of the refresh token only", async () => {
    const { id, refreshToken } = await openAccount(stage.service, stage.database, "hashed@example.org");
    const rows = await query(stage.database, {
      sql: "SELECT * FROM auth_sessions WHERE user_id = ?",
      args: [id],
    });
    expect(rows).toHaveLength(1);
    for (let at = 0; at + 12 <= refreshToken.length; at += 1) {
      expect(JSON.stringify(rows)).not.toContain(refreshToken.slice(at, at + 12));
    }
    expect(Number(rows[0]?.["expires_at"])).toBe(stage.now() + 30 * 24 * 60 * 60);
  });

  it("takes the address in whatever case and with white space around it", async () => {
    const { email } = await openAccount(stage.service, stage.database, "Case@Example.org");
    for (const typed of ["case@example.org", "CASE@EXAMPLE.ORG", `  ${email}\n`]) {
      expect((await logIn(typed, password)).status).toBe(200);
    }
  });

  it.each([
    "Correct horse battery",
    "correct horse battery ",
    " correct horse battery",
    "",
    "x".repeat(1024),
  ])("takes the password as it was sent only (%#)", async (given) => {
    await stage.service.send("POST", "/users", { email: "exact@example.org", password });
    expect(await logIn("exact@example.org", given)).toMatchObject({
      status: 401,
      json: { code: "CREDENTIALS_INVALID" },
    });
  });

  it.each([
    ["halves of a surrogate pair", "ada@example.org\ud800", 422],
    ["a NUL", "ada@example.org\u0000", 401],
    ["what could be SQL", "' OR 1=1 --@example.org", 401],
    ["a wildcard", "%@example.org", 401],
    ["no address at all", "ada", 401],
    ["nothing", "", 401],
    ["too much", `${"a".repeat(1024)}@example.org`, 422],
  ])("answers an address with %s like one that nobody has, or not at all", async (_, email, status) => {
    expect((await logIn(email, password)).status).toBe(status);
  });
});

describe("a login that is refused", () => {
  async function expectLikeUnknown(email: string, given: string): Promise<void> {
    const refused = await logIn(email, given);
    const unknown = await logIn(`nobody-${email}`, given);
    expect(seen(refused)).toEqual(seen(unknown));
    expect(refused).toMatchObject({ status: 401, json: { code: "CREDENTIALS_INVALID" } });
    expect(refused.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(refused.log.database).toEqual({ ...unknown.log.database, milliseconds: expect.any(Number) });
  }

  it("is the same for an unknown address and a wrong password, but for the request id", async () => {
    const { email } = await openAccount(stage.service, stage.database, "wrong@example.org");
    await expectLikeUnknown(email, "not the password");
  });

  it("is the same for a disabled account, with the right password and a wrong one", async () => {
    const { id, email } = await openAccount(stage.service, stage.database, "closed@example.org");
    const admin = await openAccount(stage.service, stage.database, "closer@example.org", "admin");
    await stage.service.send("PATCH", `/users/${id}`, { disabled: true }, admin.accessToken);
    await expectLikeUnknown(email, password);
    await expectLikeUnknown(email, "not the password");
    expect(await countLogins(stage.database, id)).toBe(0);
  });

  it.each([
    ["plain text", password],
    ["nothing", ""],
    ["a hash of bcrypt", "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"],
    ["a hash of argon2", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$c29tZWhhc2g"],
    ["a hash that would occupy a worker", `$scrypt$ln=20,r=8,p=8$${"A".repeat(22)}$${"A".repeat(43)}`],
  ])("is the same where %s is stored for the account", async (name, hash) => {
    const email = `stored-${name.replaceAll(" ", "-")}@example.org`;
    await openAccount(stage.service, stage.database, email);
    await store(email, hash);
    await expectLikeUnknown(email, password);
    await expectLikeUnknown(email, hash);
    expect(await storedHash(stage.database, email)).toBe(hash);
  });
});

describe("a hash made with other parameters", () => {
  it("is replaced at the next login, which costs no further round trip", async () => {
    const { email } = await openAccount(stage.service, stage.database, "old-hash@example.org");
    const old = await storedHash(stage.database, email);
    const later = stage.deploy(stronger);
    const answer = await later.send("POST", "/auth/login", { email, password });
    expect(answer).toMatchObject({ status: 200, log: { database: { roundTrips: 2 } } });
    const renewed = await storedHash(stage.database, email);
    expect(renewed).toMatch(/^\$scrypt\$ln=11,r=8,p=1\$/);
    expect(renewed.split("$").at(-2)).not.toBe(old.split("$").at(-2));
    const all = JSON.stringify(await query(stage.database, "SELECT * FROM users"));
    expect(all).not.toContain(old.split("$").at(-1));
    // The service before the deployment still knows the password: hashes carry their parameters.
    expect((await logIn(email, password)).status).toBe(200);
  });

  it("is left alone by a wrong password", async () => {
    const { email } = await openAccount(stage.service, stage.database, "left@example.org");
    const old = await storedHash(stage.database, email);
    await stage.deploy(stronger).send("POST", "/auth/login", { email, password: "not the password" });
    expect(await storedHash(stage.database, email)).toBe(old);
  });

  it("is left alone where the parameters are the same", async () => {
    const { email } = await openAccount(stage.service, stage.database, "same@example.org");
    const old = await storedHash(stage.database, email);
    await logInAs(stage.service, email);
    expect(await storedHash(stage.database, email)).toBe(old);
  });

  it("is replaced once by logins at the same time, none of which is refused", async () => {
    const { id, email } = await openAccount(stage.service, stage.database, "at-once@example.org");
    const later = stage.deploy(stronger);
    const body = { email, password };
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => later.send("POST", "/auth/login", body)));
    expect(countStatuses(answers)).toEqual({ 200: 6 });
    expect(await countLogins(stage.database, id)).toBe(7);
    expect(await storedHash(stage.database, email)).toMatch(/^\$scrypt\$ln=11,r=8,p=1\$/);
  });
});

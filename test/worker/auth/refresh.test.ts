// Staying logged in and logging out: rotation, reuse, expiry, and accounts that were closed meanwhile.
import { describe, expect, it } from "vitest";
import { logInAs, openAccount, query, tokensOf } from "../routes/accounts.ts";
import type { Answer } from "../routes/service.ts";
import { countLogins, readToken, useStage } from "./stage.ts";

const stage = useStage();
const days = 24 * 60 * 60;

function refresh(refreshToken: string): Promise<Answer> {
  return stage.service.send("POST", "/auth/refresh", { refreshToken });
}

function logOut(refreshToken: string): Promise<Answer> {
  return stage.service.send("POST", "/auth/logout", { refreshToken });
}

async function expectOver(refreshToken: string): Promise<void> {
  const answer = await refresh(refreshToken);
  expect(answer).toMatchObject({ status: 401, json: { code: "REFRESH_TOKEN_INVALID" } });
  expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
}

describe("POST /auth/refresh", () => {
  it("gives new tokens of the same login, in one round trip", async () => {
    const { accessToken, refreshToken } = await openAccount(stage.service, stage.database, "r@example.org");
    const answer = await refresh(refreshToken);
    expect(answer).toMatchObject({ status: 200, json: { tokenType: "Bearer", expiresIn: 300 } });
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
    const renewed = tokensOf(answer);
    expect(renewed.refreshToken).not.toBe(refreshToken);
    const [before, after] = [accessToken, renewed.accessToken].map((token) => readToken(token).payload);
    expect(after).toEqual({ ...before, jti: expect.any(String) });
    expect(after?.["jti"]).not.toBe(before?.["jti"]);
    expect((await stage.service.as(renewed.accessToken, "GET", "/users/me")).status).toBe(200);
  });

  it("goes on from token to token, and leaves other logins alone", async () => {
    const account = await openAccount(stage.service, stage.database, "chain@example.org");
    const other = await logInAs(stage.service, account.email);
    let { refreshToken } = account;
    for (let step = 0; step < 5; step += 1) ({ refreshToken } = tokensOf(await refresh(refreshToken)));
    expect((await refresh(other.refreshToken)).status).toBe(200);
    expect(await countLogins(stage.database, account.id)).toBe(2);
  });

  it("ends the whole family where a used token comes again, the newest token included", async () => {
    const { id, email, refreshToken } = await openAccount(stage.service, stage.database, "twice@example.org");
    const other = await logInAs(stage.service, email);
    const second = tokensOf(await refresh(refreshToken));
    const third = tokensOf(await refresh(second.refreshToken));
    await expectOver(refreshToken);
    await expectOver(third.refreshToken);
    await expectOver(second.refreshToken);
    // Only that login: whoever has the stolen token has no part in the others.
    expect((await refresh(other.refreshToken)).status).toBe(200);
    expect(await countLogins(stage.database, id)).toBe(1);
  });

  it("ends the family too where its secret is made up", async () => {
    const { refreshToken } = await openAccount(stage.service, stage.database, "made-up@example.org");
    await expectOver(refreshToken.slice(0, 22) + "A".repeat(42));
    await expectOver(refreshToken);
  });

  it.each(["", "x", "x".repeat(64), "x".repeat(1024), "ü".repeat(64)])(
    "refuses %j, which is no token, without a word on why",
    async (token) => {
      await expectOver(token);
    },
  );

  it.each([[{}], [{ refreshToken: 1 }], [{ refreshToken: null }], [{ refreshToken: "x".repeat(1025) }]])(
    "answers 422 for %j",
    async (body) => {
      expect((await stage.service.send("POST", "/auth/refresh", body)).status).toBe(422);
      expect((await stage.service.send("POST", "/auth/logout", body)).status).toBe(422);
    },
  );

  it("takes no access token for a refresh token, and the reverse", async () => {
    const { accessToken, refreshToken } = await openAccount(stage.service, stage.database, "mix@example.org");
    await expectOver(accessToken);
    const answer = await stage.service.as(refreshToken, "GET", "/users/me");
    expect(answer).toMatchObject({ status: 401, json: { code: "TOKEN_INVALID" } });
  });

  it("ends 30 days after the login, however often it was refreshed", async () => {
    const account = await openAccount(stage.service, stage.database, "month@example.org");
    const idle = await logInAs(stage.service, account.email);
    stage.pass(29 * days);
    const { refreshToken } = tokensOf(await refresh(account.refreshToken));
    stage.pass(days - 1);
    const last = tokensOf(await refresh(refreshToken));
    stage.pass(1);
    await expectOver(last.refreshToken);
    await expectOver(idle.refreshToken);
    expect(await countLogins(stage.database, account.id)).toBe(0);
  });

  it("refuses a disabled account, also after it was enabled again", async () => {
    const { id, refreshToken } = await openAccount(stage.service, stage.database, "off@example.org");
    const admin = await openAccount(stage.service, stage.database, "switch@example.org", "admin");
    for (const disabled of [true, false]) {
      await stage.service.send("PATCH", `/users/${id}`, { disabled }, admin.accessToken);
      await expectOver(refreshToken);
    }
    await logInAs(stage.service, "off@example.org");
  });

  it("refuses an account that was closed beside the service, where its login is still stored", async () => {
    const { id, refreshToken } = await openAccount(stage.service, stage.database, "beside@example.org");
    await query(stage.database, { sql: "UPDATE users SET disabled_at = 1 WHERE id = ?", args: [id] });
    expect(await countLogins(stage.database, id)).toBe(1);
    await expectOver(refreshToken);
    expect(await countLogins(stage.database, id)).toBe(0);
  });

  it("refuses a deleted account, whoever deleted it", async () => {
    const own = await openAccount(stage.service, stage.database, "own@example.org");
    const others = await openAccount(stage.service, stage.database, "others@example.org");
    const admin = await openAccount(stage.service, stage.database, "delete@example.org", "admin");
    expect((await stage.service.as(own.accessToken, "DELETE", "/users/me")).status).toBe(204);
    expect((await stage.service.as(admin.accessToken, "DELETE", `/users/${others.id}`)).status).toBe(204);
    for (const { id, refreshToken } of [own, others]) {
      await expectOver(refreshToken);
      expect(await countLogins(stage.database, id)).toBe(0);
    }
  });

  it("hands out a changed role; until then the old one holds, at most 300 seconds", async () => {
    const { id, accessToken, refreshToken } = await openAccount(
      stage.service,
      stage.database,
      "up@example.org",
    );
    const admin = await openAccount(stage.service, stage.database, "promoter@example.org", "admin");
    await stage.service.send("PATCH", `/users/${id}`, { role: "admin" }, admin.accessToken);
    expect((await stage.service.as(accessToken, "GET", "/users")).status).toBe(403);
    const renewed = tokensOf(await refresh(refreshToken));
    expect((await stage.service.as(renewed.accessToken, "GET", "/users")).status).toBe(200);
  });
});

describe("POST /auth/logout", () => {
  it("ends refresh at once, in one round trip, and answers 204 again and again", async () => {
    const { id, refreshToken } = await openAccount(stage.service, stage.database, "bye@example.org");
    const answer = await logOut(refreshToken);
    expect(answer).toMatchObject({ status: 204, text: "", log: { database: { roundTrips: 1 } } });
    await expectOver(refreshToken);
    expect((await logOut(refreshToken)).status).toBe(204);
    expect(await countLogins(stage.database, id)).toBe(0);
  });

  it("ends the login that a used token belongs to", async () => {
    const { refreshToken } = await openAccount(stage.service, stage.database, "used@example.org");
    const renewed = tokensOf(await refresh(refreshToken));
    expect((await logOut(refreshToken)).status).toBe(204);
    await expectOver(renewed.refreshToken);
  });

  it("leaves the other logins of the account", async () => {
    const { email, refreshToken } = await openAccount(stage.service, stage.database, "stays@example.org");
    const other = await logInAs(stage.service, email);
    await logOut(refreshToken);
    expect((await refresh(other.refreshToken)).status).toBe(200);
  });

  it("leaves the access token good until it expires, 300 seconds after it was given", async () => {
    const { accessToken, refreshToken } = await openAccount(
      stage.service,
      stage.database,
      "rest@example.org",
    );
    await logOut(refreshToken);
    stage.pass(299);
    expect((await stage.service.as(accessToken, "GET", "/users/me")).status).toBe(200);
    stage.pass(1);
    const answer = await stage.service.as(accessToken, "GET", "/users/me");
    expect(answer).toMatchObject({ status: 401, json: { code: "TOKEN_INVALID" } });
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer error="invalid_token"');
  });

  it.each(["", "x", "x".repeat(64)])("answers 204 for %j, which is nobody's", async (token) => {
    expect((await logOut(token)).status).toBe(204);
  });
});

// Changing the password: what it takes, what it ends, and what holds for the new one.
import { describe, expect, it } from "vitest";
import { mostAttempts, throttleSeconds } from "../../../src/auth/login-throttle.ts";
import { logInAs, openAccount, password, query } from "../routes/accounts.ts";
import type { Account } from "../routes/accounts.ts";
import type { Answer } from "../routes/service.ts";
import { faultyFields } from "../routes/service.ts";
import { countLogins, countStatuses, storedHash, useStage } from "./stage.ts";

const stage = useStage();
const another = "another horse, no battery";

function change(accessToken: string, oldPassword: string, newPassword: string): Promise<Answer> {
  return stage.service.send("POST", "/users/me/password", { oldPassword, newPassword }, accessToken);
}

function logIn(email: string, given: string): Promise<Answer> {
  return stage.service.send("POST", "/auth/login", { email, password: given });
}

function refresh(refreshToken: string): Promise<Answer> {
  return stage.service.send("POST", "/auth/refresh", { refreshToken });
}

function open(email: string): Promise<Account> {
  return openAccount(stage.service, stage.database, email);
}

describe("POST /users/me/password", () => {
  it("changes it in two round trips: the new one logs in, the old one no longer", async () => {
    const { email, accessToken } = await open("new@example.org");
    const old = await storedHash(stage.database, email);
    const answer = await change(accessToken, password, another);
    expect(answer).toMatchObject({ status: 204, text: "", log: { database: { roundTrips: 2 } } });
    expect((await logIn(email, password)).status).toBe(401);
    expect((await logIn(email, another)).status).toBe(200);
    const everything = JSON.stringify(await query(stage.database, "SELECT * FROM users"));
    expect(everything).not.toContain(old.split("$").at(-1));
  });

  it("ends the other logins of the account, keeps its own, and touches nobody else's", async () => {
    const own = await open("own@example.org");
    const other = await logInAs(stage.service, own.email);
    const stranger = await open("stranger@example.org");
    expect((await change(own.accessToken, password, another)).status).toBe(204);
    expect((await refresh(other.refreshToken)).status).toBe(401);
    expect((await refresh(own.refreshToken)).status).toBe(200);
    expect((await refresh(stranger.refreshToken)).status).toBe(200);
    expect(await countLogins(stage.database, own.id)).toBe(1);
  });

  it("needs the old password, and does nothing at all without it", async () => {
    const { email, accessToken } = await open("needs@example.org");
    const other = await logInAs(stage.service, email);
    const before = await storedHash(stage.database, email);
    const answer = await change(accessToken, "not the password", another);
    expect(answer).toMatchObject({ status: 403, json: { code: "PASSWORD_WRONG" } });
    expect(answer.headers.get("WWW-Authenticate")).toBeNull();
    expect(await storedHash(stage.database, email)).toBe(before);
    expect((await refresh(other.refreshToken)).status).toBe(200);
  });

  it("takes the old password as the new one, with a hash of its own: nothing is gained by refusing it", async () => {
    const { email, accessToken } = await open("equal@example.org");
    const before = await storedHash(stage.database, email);
    expect((await change(accessToken, password, password)).status).toBe(204);
    expect(await storedHash(stage.database, email)).not.toBe(before);
    expect((await logIn(email, password)).status).toBe(200);
  });

  it.each([
    ["too short", "1234567"],
    ["too long", "x".repeat(129)],
    ["one of the most common", "password123"],
    ["one of the most common, in capitals", "PASSWORD123"],
    ["no text", 12345678],
    ["half a character", "\ud800xxxxxxxx"],
  ])("refuses a new password that is %s, before it looks at the old one", async (name, newPassword) => {
    const { accessToken } = await open(`${name.replaceAll(/[ ,]+/g, "-")}@example.org`);
    const body = { oldPassword: "not the password", newPassword };
    const answer = await stage.service.send("POST", "/users/me/password", body, accessToken);
    expect(answer.status).toBe(422);
    expect(faultyFields(answer)).toEqual(["newPassword"]);
    expect(answer.log.database).toMatchObject({ statements: 0, roundTrips: 1 });
  });

  it("lets a common old password go", async () => {
    const { email, accessToken } = await open("common@example.org");
    await query(stage.database, {
      sql: "UPDATE users SET password = ? WHERE email = ?",
      // hashlib.scrypt(b"password", salt=bytes(16), n=16, r=8, p=1, dklen=32)
      args: [
        "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$gLSh7ChbHdOIMvZ74XGjV6qF65d9qvQ8n75FeGnM8YM",
        email,
      ],
    });
    expect((await change(accessToken, "password", another)).status).toBe(204);
    expect(await storedHash(stage.database, email)).toMatch(/^\$scrypt\$ln=10,/);
  });

  it("is refused to a token whose account was deleted or closed", async () => {
    const [deleted, closed] = [await open("deleted@example.org"), await open("closed@example.org")];
    await stage.service.as(deleted.accessToken, "DELETE", "/users/me");
    await query(stage.database, { sql: "UPDATE users SET disabled_at = 1 WHERE id = ?", args: [closed.id] });
    const before = await storedHash(stage.database, closed.email);
    for (const { accessToken } of [deleted, closed]) {
      const answer = await change(accessToken, password, another);
      expect(answer).toMatchObject({ status: 401, json: { code: "TOKEN_INVALID" } });
    }
    expect(await storedHash(stage.database, closed.email)).toBe(before);
  });

  it("is throttled: after 10 wrong attempts the right password has to wait too, and login does not", async () => {
    const { id, email, accessToken, refreshToken } = await open("throttled@example.org");
    const guesses = Array.from({ length: 40 }, (_, n) => change(accessToken, `guess ${n}`, another));
    const answers = await Promise.all(guesses);
    expect(countStatuses(answers)).toEqual({ 403: mostAttempts, 429: 40 - mostAttempts });
    const refused = await change(accessToken, password, another);
    expect(refused).toMatchObject({ status: 429, json: { code: "TOO_MANY_ATTEMPTS" } });
    expect(refused.headers.get("Retry-After")).toBe(String(throttleSeconds));
    // Counted for the account, not for its address: a stolen token cannot keep its owner out.
    expect((await logIn(email, password)).status).toBe(200);
    const stranger = await open("unthrottled@example.org");
    expect((await change(stranger.accessToken, password, another)).status).toBe(204);
    stage.pass(throttleSeconds);
    const renewed = await refresh(refreshToken);
    expect((await change(String(renewed.json["accessToken"]), password, another)).status).toBe(204);
    expect(await countLogins(stage.database, id)).toBe(1);
  });

  it("forgets wrong attempts after one that was right", async () => {
    const { accessToken } = await open("forgets@example.org");
    for (let round = 0; round < 2; round += 1) {
      for (let n = 1; n < mostAttempts; n += 1) {
        expect((await change(accessToken, `guess ${n}`, another)).status).toBe(403);
      }
      expect((await change(accessToken, password, password)).status).toBe(204);
    }
  });
});

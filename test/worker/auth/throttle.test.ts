// How often passwords may be guessed for one address, whoever guesses and whether or not somebody has it.
import { describe, expect, it } from "vitest";
import { mostAttempts, throttleSeconds } from "../../../src/auth/login-throttle.ts";
import { logInAs, openAccount, password, query } from "../routes/accounts.ts";
import type { Answer } from "../routes/service.ts";
import { countStatuses, seen, useStage } from "./stage.ts";

const stage = useStage();

function logIn(email: string, given: string): Promise<Answer> {
  return stage.service.send("POST", "/auth/login", { email, password: given });
}

async function guess(email: string, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < times; n += 1) statuses.push((await logIn(email, `guess number ${n}`)).status);
  return statuses;
}

const allWrong = Array.from({ length: mostAttempts }, () => 401);

describe("POST /auth/login", () => {
  it("lets 10 wrong attempts in 15 minutes through, and answers 429 from then on", async () => {
    await openAccount(stage.service, stage.database, "ten@example.org");
    expect([mostAttempts, throttleSeconds]).toEqual([10, 900]);
    expect(await guess("ten@example.org", 12)).toEqual([...allWrong, 429, 429]);
    const answer = await logIn("ten@example.org", "a further guess");
    expect(answer).toMatchObject({ status: 429, json: { code: "TOO_MANY_ATTEMPTS" } });
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
  });

  it("refuses the right password too while it is throttled", async () => {
    const { email, accessToken, refreshToken } = await openAccount(
      stage.service,
      stage.database,
      "right@example.org",
    );
    await guess(email, mostAttempts);
    expect((await logIn(email, password)).status).toBe(429);
    // Who is logged in stays so.
    expect((await stage.service.as(accessToken, "GET", "/users/me")).status).toBe(200);
    expect((await stage.service.send("POST", "/auth/refresh", { refreshToken })).status).toBe(200);
  });

  it("says in Retry-After when the window ends, which further attempts do not put off", async () => {
    const { email } = await openAccount(stage.service, stage.database, "wait@example.org");
    await guess(email, 1);
    stage.pass(100);
    await guess(email, mostAttempts - 1);
    for (const [passing, left] of [
      [0, 800],
      [300, 500],
      [499, 1],
    ] as const) {
      stage.pass(passing);
      expect((await logIn(email, password)).headers.get("Retry-After")).toBe(String(left));
    }
    stage.pass(1);
    expect((await logIn(email, password)).status).toBe(200);
  });

  it("begins a new window with the first attempt after the old one", async () => {
    const email = "again@example.org";
    await guess(email, mostAttempts + 1);
    stage.pass(throttleSeconds);
    expect(await guess(email, mostAttempts + 1)).toEqual([...allWrong, 429]);
    expect((await logIn(email, password)).headers.get("Retry-After")).toBe(String(throttleSeconds));
  });

  it("treats an address that nobody has alike, down to the headers", async () => {
    const { email } = await openAccount(stage.service, stage.database, "somebody@example.org");
    const nobody = "nobody@example.org";
    for (let n = 0; n < mostAttempts + 2; n += 1) {
      const [known, unknown] = [await logIn(email, `guess ${n}`), await logIn(nobody, `guess ${n}`)];
      expect(seen(known)).toEqual(seen(unknown));
    }
    // Also where the guess would be right.
    expect(seen(await logIn(email, password))).toEqual(seen(await logIn(nobody, password)));
  });

  it("treats a disabled account alike", async () => {
    const { id, email } = await openAccount(stage.service, stage.database, "closed@example.org");
    await query(stage.database, { sql: "UPDATE users SET disabled_at = 1 WHERE id = ?", args: [id] });
    const statuses: number[] = [];
    for (let n = 0; n <= mostAttempts; n += 1) statuses.push((await logIn(email, password)).status);
    expect(statuses).toEqual([...allWrong, 429]);
  });

  it("counts every spelling of an address as the one it is", async () => {
    const { email } = await openAccount(stage.service, stage.database, "spelling@example.org");
    const spellings = [email, email.toUpperCase(), ` ${email}`, `${email}\t`, "Spelling@Example.ORG"];
    const statuses: number[] = [];
    for (let n = 0; n <= mostAttempts; n += 1) {
      statuses.push((await logIn(spellings[n % spellings.length] ?? "", "a guess")).status);
    }
    expect(statuses).toEqual([...allWrong, 429]);
  });

  it("counts each address for itself, and whoever asks", async () => {
    const { email } = await openAccount(stage.service, stage.database, "each@example.org");
    await guess("other@example.org", mostAttempts + 1);
    await logInAs(stage.service, email);
    const statuses: number[] = [];
    for (let n = 0; n <= mostAttempts; n += 1) {
      const answer = await stage.service.request("/auth/login", {
        method: "POST",
        headers: { "Content-Type": "application/json", "CF-Connecting-IP": `192.0.2.${n}` },
        body: JSON.stringify({ email, password: "a guess" }),
      });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([...allWrong, 429]);
  });

  it("forgets wrong attempts after one that was right", async () => {
    const { email } = await openAccount(stage.service, stage.database, "forget@example.org");
    for (let round = 0; round < 3; round += 1) {
      expect(await guess(email, mostAttempts - 1)).toEqual(allWrong.slice(1));
      expect((await logIn(email, password)).status).toBe(200);
    }
  });

  it("verifies no more than 10 of 40 guesses that come at once", async () => {
    const { email } = await openAccount(stage.service, stage.database, "at-once@example.org");
    for (const address of [email, "nobody-at-once@example.org"]) {
      const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => logIn(address, `guess ${n}`)));
      expect(countStatuses(answers)).toEqual({ 401: mostAttempts, 429: 40 - mostAttempts });
    }
  });

  it("keeps no address that was typed", async () => {
    await guess("typed-by-mistake@example.org", 1);
    const rows = await query(stage.database, "SELECT * FROM login_throttles");
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain("@");
    for (const { subject_hash: hash } of rows) expect(hash).toMatch(/^[\w-]{43}$/);
  });
});

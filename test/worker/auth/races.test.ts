// What comes at the same time: one winner, and no door that stays open behind a loser.
import { describe, expect, it } from "vitest";
import { poll } from "../../support/poll.ts";
import { openAccount, password, query, tokensOf } from "../routes/accounts.ts";
import type { Answer, Service } from "../routes/service.ts";
import { countLogins, countStatuses, useStage } from "./stage.ts";

const stage = useStage();

function send(path: string, body: unknown, accessToken?: string): Promise<Answer> {
  return stage.service.send("POST", path, body, accessToken);
}

function times<T>(length: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length }, (_, index) => work(index)));
}

describe("requests at the same time", () => {
  it("50 sign-ups of one address make one account", async () => {
    // In every spelling of the same address, each with a password of its own.
    const answers = await times(50, (n) => {
      const email = n % 2 === 0 ? "race@example.org" : ` RACE@Example.org`;
      return send("/users", { email, password: `password number ${n}` });
    });
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    // On a slow machine some wait too long for their turn to compute a hash.
    const others = answers.filter(({ status }) => status !== 201).map(({ json }) => json["code"]);
    expect(others.filter((code) => code !== "UNIQUE_VIOLATION" && code !== "SERVER_BUSY")).toEqual([]);
    const rows = await query(stage.database, "SELECT id FROM users WHERE email LIKE '%race%'");
    expect(rows).toHaveLength(1);
    const winner = answers.findIndex(({ status }) => status === 201);
    const login = await send("/auth/login", {
      email: "race@example.org",
      password: `password number ${winner}`,
    });
    expect(login.status).toBe(200);
  });

  it("50 refreshes of one token have one winner, and the family is ended with it", async () => {
    const { id, refreshToken } = await openAccount(stage.service, stage.database, "family@example.org");
    const answers = await times(50, () => send("/auth/refresh", { refreshToken }));
    expect(countStatuses(answers)).toEqual({ 200: 1, 401: 49 });
    const winner = answers.find(({ status }) => status === 200);
    const renewed = winner === undefined ? { refreshToken: "none" } : tokensOf(winner);
    expect((await send("/auth/refresh", { refreshToken: renewed.refreshToken })).status).toBe(401);
    expect(await countLogins(stage.database, id)).toBe(0);
  });

  it("a logout beside refreshes leaves no login, whoever was first", async () => {
    const { id, email, refreshToken } = await openAccount(stage.service, stage.database, "leave@example.org");
    let token = refreshToken;
    for (let round = 0; round < 8; round += 1) {
      const current = { refreshToken: token };
      const asked = [() => send("/auth/refresh", current), () => send("/auth/logout", current)];
      const order = round % 2 === 0 ? asked : asked.toReversed();
      const answers = await Promise.all(order.map((ask) => ask()));
      for (const answer of answers.filter(({ status }) => status === 200)) {
        const { refreshToken: renewed } = tokensOf(answer);
        expect((await send("/auth/refresh", { refreshToken: renewed })).status).toBe(401);
      }
      expect(await countLogins(stage.database, id)).toBe(0);
      ({ refreshToken: token } = tokensOf(await send("/auth/login", { email, password })));
    }
  });

  it.each([
    ["disabling", { disabled: true }],
    ["deleting", undefined],
  ])("%s an account beside logins leaves no login", async (name, changes) => {
    const email = `${name}@example.org`;
    const { id } = await openAccount(stage.service, stage.database, email);
    const admin = await openAccount(stage.service, stage.database, `by-${name}@example.org`, "admin");
    const close = () =>
      changes === undefined
        ? stage.service.as(admin.accessToken, "DELETE", `/users/${id}`)
        : stage.service.send("PATCH", `/users/${id}`, changes, admin.accessToken);
    const [closed, ...logins] = await Promise.all([
      delay(8).then(close),
      ...Array.from({ length: 8 }, (_, n) =>
        delay(3 * n).then(() => send("/auth/login", { email, password })),
      ),
    ]);
    expect(closed?.status).toBe(changes === undefined ? 204 : 200);
    expect(logins.every(({ status }) => status === 200 || status === 401)).toBe(true);
    expect(await countLogins(stage.database, id)).toBe(0);
    for (const login of logins.filter(({ status }) => status === 200)) {
      const { refreshToken } = tokensOf(login);
      expect((await send("/auth/refresh", { refreshToken })).status).toBe(401);
    }
    expect((await send("/auth/login", { email, password })).status).toBe(401);
  });

  it("a login that was judged before the account was disabled is refused after it", async () => {
    const email = "judged@example.org";
    const { id } = await openAccount(stage.service, stage.database, email);
    const login = await meanwhile(
      'insert into "auth_sessions"',
      (slow) => slow.send("POST", "/auth/login", { email, password }),
      () => query(stage.database, { sql: "UPDATE users SET disabled_at = 1 WHERE id = ?", args: [id] }),
    );
    expect(login).toMatchObject({ status: 401, json: { code: "CREDENTIALS_INVALID" } });
    expect(await countLogins(stage.database, id)).toBe(1);
  });

  it("a login that was judged before the password changed is refused after it", async () => {
    const account = await openAccount(stage.service, stage.database, "judged-before@example.org");
    const { id, email, accessToken } = account;
    const body = { oldPassword: password, newPassword: "a new password" };
    const login = await meanwhile(
      'insert into "auth_sessions"',
      (slow) => slow.send("POST", "/auth/login", { email, password }),
      async () => expect((await send("/users/me/password", body, accessToken)).status).toBe(204),
    );
    expect(login).toMatchObject({ status: 401, json: { code: "CREDENTIALS_INVALID" } });
    expect(await countLogins(stage.database, id)).toBe(1);
  });

  it("a change of the password that comes second changes nothing and ends no login", async () => {
    const account = await openAccount(stage.service, stage.database, "second@example.org");
    const { id, email, accessToken } = account;
    const first = { oldPassword: password, newPassword: "the first new one" };
    const second = { oldPassword: password, newPassword: "the second new one" };
    const answer = await meanwhile(
      'update "users"',
      (slow) => slow.send("POST", "/users/me/password", second, accessToken),
      async () => {
        expect((await send("/users/me/password", first, accessToken)).status).toBe(204);
        expect((await send("/auth/login", { email, password: first.newPassword })).status).toBe(200);
      },
    );
    expect(answer).toMatchObject({ status: 403, json: { code: "PASSWORD_WRONG" } });
    expect(await countLogins(stage.database, id)).toBe(2);
    expect((await send("/auth/login", { email, password: first.newPassword })).status).toBe(200);
    expect((await send("/auth/login", { email, password: second.newPassword })).status).toBe(401);
  });

  it("10 changes of the password have one winner", async () => {
    const { id, email, accessToken } = await openAccount(stage.service, stage.database, "change@example.org");
    const answers = await times(10, (n) => {
      const body = { oldPassword: password, newPassword: `new password ${n}` };
      return send("/users/me/password", body, accessToken);
    });
    expect(countStatuses(answers)).toEqual({ 204: 1, 403: 9 });
    const logins = await times(10, (n) => send("/auth/login", { email, password: `new password ${n}` }));
    const winner = answers.findIndex(({ status }) => status === 204);
    expect(logins.findIndex(({ status }) => status === 200)).toBe(winner);
    expect(countStatuses(logins)).toEqual({ 200: 1, 401: 9 });
    expect(await countLogins(stage.database, id)).toBe(2);
  });

  it("a login with the old password beside its change is ended by it or refused", async () => {
    const { id, email, accessToken } = await openAccount(stage.service, stage.database, "beside@example.org");
    const [changed, ...logins] = await Promise.all([
      delay(6).then(() =>
        send("/users/me/password", { oldPassword: password, newPassword: "a new password" }, accessToken),
      ),
      ...Array.from({ length: 8 }, (_, n) =>
        delay(3 * n).then(() => send("/auth/login", { email, password })),
      ),
    ]);
    expect(changed?.status).toBe(204);
    expect(logins.every(({ status }) => status === 200 || status === 401)).toBe(true);
    // Its own login, and no other.
    expect(await countLogins(stage.database, id)).toBe(1);
  });
});

/** Does work while the statement of a request is on its way to the database, once. */
async function meanwhile(
  matching: string,
  ask: (slow: Service) => Promise<Answer>,
  work: () => Promise<unknown>,
): Promise<Answer> {
  const proxy = await stage.database.proxy([{ fault: { kind: "delay", ms: 1_000 }, matching, times: 1 }]);
  const asked = ask(stage.deploy({ DATABASE_URL: proxy.url }));
  await poll(
    () => proxy.record(),
    ({ requests }) => requests.some(({ fault }) => fault === "delay"),
  );
  await work();
  return asked;
}

/** Moves the requests of a race against one another: what has to hold, holds wherever they meet. */
function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// That a request which needs a password hash is refused before the hash if its turn comes too late.
import { describe, expect, it } from "vitest";
import { longestWaitMs } from "../../../src/auth/hash-turns.ts";
import { runtimePorts } from "../../../src/worker/ports.ts";
import { query } from "../routes/accounts.ts";
import { createService } from "../routes/service.ts";
import type { Answer, Service } from "../routes/service.ts";
import { storedHash, useStage } from "./stage.ts";

const stage = useStage();
const password = "correct horse battery";

/** A service whose second hash with a new salt takes longer than a request waits for its turn. */
function slowService(): { readonly service: Service; salts: number } {
  let skippedMs = 0;
  const slow = {
    salts: 0,
    service: createService(
      { DATABASE_URL: stage.database.url },
      {
        now: () => performance.now() + skippedMs,
        unixTime: stage.now,
        randomBytes: (length) => {
          // A salt; refresh tokens are longer.
          if (length === 16) {
            slow.salts += 1;
            if (slow.salts === 2) skippedMs += longestWaitMs;
          }
          return runtimePorts.randomBytes(length);
        },
      },
    ),
  };
  return slow;
}

/** Sends a request behind two sign-ups. */
async function behind(slow: ReturnType<typeof slowService>, send: () => Promise<Answer>): Promise<Answer> {
  const signUp = () =>
    slow.service.send("POST", "/users", { email: `${crypto.randomUUID()}@example.org`, password });
  const [first, second, last] = await Promise.all([signUp(), signUp(), send()]);
  expect([first.status, second.status]).toEqual([201, 201]);
  return last;
}

function expectBusy({ status, json, headers }: Answer): void {
  expect({ status, json }).toMatchObject({ status: 503, json: { code: "SERVER_BUSY", status: 503 } });
  expect(headers.get("Retry-After")).toMatch(/^[1-9]\d*$/);
}

describe("a request whose turn to compute a hash comes too late", () => {
  it("refuses a sign-up with 503 and Retry-After, without a hash and without the database", async () => {
    const slow = slowService();
    const late = { email: "late@example.org", password };
    const answer = await behind(slow, () => slow.service.send("POST", "/users", late));
    expectBusy(answer);
    expect(slow.salts).toBe(2);
    expect(answer.log.database).toMatchObject({ opened: false });
    expect((await slow.service.send("POST", "/users", late)).status).toBe(201);
  });

  it("refuses a login, and does not count it as an attempt", async () => {
    const slow = slowService();
    const email = "login@example.org";
    await stage.service.send("POST", "/users", { email, password });
    const answer = await behind(slow, () => slow.service.send("POST", "/auth/login", { email, password }));
    expectBusy(answer);
    expect(answer.log.database).toMatchObject({ opened: false });
    const throttles = await query(stage.database, {
      sql: "SELECT count(*) AS n FROM login_throttles",
      args: [],
    });
    expect(throttles[0]?.["n"]).toBe(0);
    expect((await slow.service.send("POST", "/auth/login", { email, password })).status).toBe(200);
  });

  it("refuses a change of the password, and keeps the old one", async () => {
    const slow = slowService();
    const email = "change@example.org";
    await stage.service.send("POST", "/users", { email, password });
    const { json } = await stage.service.send("POST", "/auth/login", { email, password });
    const before = await storedHash(stage.database, email);
    const change = { oldPassword: password, newPassword: "battery horse correct" };
    const send = () => slow.service.send("POST", "/users/me/password", change, String(json["accessToken"]));
    expectBusy(await behind(slow, send));
    expect(await storedHash(stage.database, email)).toBe(before);
    expect((await send()).status).toBe(204);
  });
});

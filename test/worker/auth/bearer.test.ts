// How an access token is sent, and that nothing else opens a door: no other scheme, place or role.
import { describe, expect, it } from "vitest";
import { signAccessToken } from "../../../src/worker/access-token.ts";
import { parseTokenKeys } from "../../../src/auth/token-keys.ts";
import { openAccount } from "../routes/accounts.ts";
import type { Answer } from "../routes/service.ts";
import { testSecret } from "../routes/service.ts";
import { useStage } from "./stage.ts";

const stage = useStage();
const next = "Zx8Kq2LmV0nR7tYc4UwB1hJ6gF3dS9aPoIeXuT5rEyM";

function ask(headers: Record<string, string>, path = "/users/me"): Promise<Answer> {
  return stage.service.request(path, { headers });
}

function sign(role: string, { issuer = "urn:eaves:development", secret = testSecret } = {}): string {
  const keys = parseTokenKeys({ TOKEN_SECRETS: secret });
  return signAccessToken({ userId: 1, sessionId: 1, role }, { keys, issuer, now: stage.now() }, "an id");
}

describe("authorization", () => {
  it("takes the token after Bearer, in whatever case the scheme is written", async () => {
    const { accessToken } = await openAccount(stage.service, stage.database, "bearer@example.org");
    for (const scheme of ["Bearer", "bearer", "BEARER", "Bearer  "]) {
      expect((await ask({ Authorization: `${scheme} ${accessToken}` })).status).toBe(200);
    }
  });

  it("answers 401 with a challenge where there is none", async () => {
    const answer = await ask({});
    expect(answer).toMatchObject({ status: 401, json: { code: "TOKEN_MISSING" } });
    expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(answer.log.database).toBeUndefined();
  });

  it.each([
    ["without a scheme", (token: string) => token],
    ["with another scheme", (token: string) => `Basic ${token}`],
    ["twice", (token: string) => `Bearer ${token}, Bearer ${token}`],
    ["twice in one", (token: string) => `Bearer ${token} ${token}`],
    ["in quotes", (token: string) => `Bearer "${token}"`],
    ["with padding", (token: string) => `Bearer ${token}=`],
    ["without its signature", (token: string) => `Bearer ${token.split(".").slice(0, 2).join(".")}.`],
    ["with another payload", (token: string) => `Bearer ${token.replace(/\.[^.]+\./, ".e30.")}`],
  ])("refuses a token that is sent %s", async (_, write) => {
    const answer = await ask({ Authorization: write(sign("user")) });
    expect(answer).toMatchObject({ status: 401, json: { code: "TOKEN_INVALID" } });
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer error="invalid_token"');
    expect(answer.log.database).toBeUndefined();
  });

  it("looks for a token in no other place", async () => {
    const token = sign("user");
    for (const answer of [
      await ask({ Cookie: `access_token=${token}; Authorization=Bearer ${token}` }),
      await ask({ "X-Authorization": `Bearer ${token}`, "Proxy-Authorization": `Bearer ${token}` }),
      await ask({}, `/users/me?access_token=${token}`),
    ]) {
      expect(answer).toMatchObject({ status: 401, json: { code: "TOKEN_MISSING" } });
    }
  });

  it.each(["root", "Admin", "admin ", "", "__proto__"])(
    "refuses a signed token whose role %j is none",
    async (role) => {
      for (const path of ["/users/me", "/users"]) {
        const answer = await ask({ Authorization: `Bearer ${sign(role)}` }, path);
        expect(answer).toMatchObject({ status: 401, json: { code: "TOKEN_INVALID" } });
      }
    },
  );

  it("refuses a token of another environment or another secret", async () => {
    for (const other of [{ issuer: "urn:eaves:production" }, { secret: next }]) {
      const answer = await ask({ Authorization: `Bearer ${sign("admin", other)}` }, "/users");
      expect(answer).toMatchObject({ status: 401, json: { code: "TOKEN_INVALID" } });
    }
  });

  it("loses nobody while one secret replaces another", async () => {
    const { accessToken } = await openAccount(stage.service, stage.database, "rotation@example.org");
    const steps = [testSecret, `${next},${testSecret}`, next].map((TOKEN_SECRETS) =>
      stage.deploy({ TOKEN_SECRETS }),
    );
    const statuses: (number | undefined)[] = [];
    for (const step of steps) statuses.push((await step.as(accessToken, "GET", "/users/me")).status);
    expect(statuses).toEqual([200, 200, 401]);
    const renewed = sign("user", { secret: `${next},${testSecret}` });
    expect((await steps[2]?.as(renewed, "GET", "/users/me"))?.status).toBe(200);
  });
});

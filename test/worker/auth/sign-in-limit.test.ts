// The first fence: Cloudflare's rate limit, asked once for each request that costs a password hash.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { openAccount, password, tokensOf } from "../routes/accounts.ts";
import type { Answer, Service } from "../routes/service.ts";
import { countStatuses, useStage } from "./stage.ts";

const stage = useStage();

/** The binding as Cloudflare describes it, over a list of who was asked for. */
function deployWithLimit(most: number): { service: Service; keys: string[] } {
  const keys: string[] = [];
  const binding = {
    limit({ key }: { key: string }) {
      keys.push(key);
      return Promise.resolve({ success: keys.filter((one) => one === key).length <= most });
    },
  };
  return { service: stage.deploy({ SIGN_IN_LIMIT: binding }), keys };
}

function post(service: Service, path: string, address: string | undefined, token = ""): Promise<Answer> {
  return service.request(path, {
    method: path === "/users/me" ? "PATCH" : "POST",
    headers: {
      "Content-Type": "application/json",
      ...(address === undefined ? {} : { "CF-Connecting-IP": address }),
      ...(token === "" ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: "{}",
  });
}

describe("signInLimit", () => {
  it.each(["/users", "/auth/login", "/users/me/password", "/users/me"])(
    "stands before %s, and before its body is read",
    async (path) => {
      const { accessToken } = await openAccount(
        stage.service,
        stage.database,
        `limit${path.replaceAll("/", "-")}@example.org`,
      );
      const { service } = deployWithLimit(1);
      expect((await post(service, path, "192.0.2.1", accessToken)).status).toBe(422);
      const refused = await post(service, path, "192.0.2.1", accessToken);
      expect(refused).toMatchObject({ status: 429, json: { code: "RATE_LIMITED" } });
      expect(refused.headers.get("Retry-After")).toBe("60");
      expect(refused.headers.get("Content-Type")).toBe("application/problem+json");
      expect(refused.log.database).toMatchObject({ opened: false, roundTrips: 0 });
      expect((await post(service, path, "192.0.2.2", accessToken)).status).toBe(422);
    },
  );

  it("counts for the address that Cloudflare names, over all of these routes together", async () => {
    const { service, keys } = deployWithLimit(2);
    await post(service, "/auth/login", "192.0.2.1");
    await post(service, "/auth/login", "2001:db8::1");
    await post(service, "/users", "192.0.2.1");
    expect((await post(service, "/auth/login", "192.0.2.1")).status).toBe(429);
    expect(keys).toEqual(["192.0.2.1", "2001:db8:0:0", "192.0.2.1", "192.0.2.1"]);
  });

  it("counts an IPv6 network as one address, since one caller has all of it", async () => {
    const { service, keys } = deployWithLimit(9);
    const addresses = [
      "2001:db8:1:2::1",
      "2001:DB8:1:2:ffff::9",
      "2001:db8:1:3::1",
      "::1",
      "fe80::",
      "1::2:3:4:5:6:7",
    ];
    for (const address of addresses) await post(service, "/auth/login", address);
    await post(service, "/auth/login", "::ffff:192.0.2.1");
    expect(keys).toEqual([
      "2001:db8:1:2",
      "2001:db8:1:2",
      "2001:db8:1:3",
      "0:0:0:0",
      "fe80:0:0:0",
      "1:0:2:3",
      "::ffff:192.0.2.1",
    ]);
  });

  it("takes no word of the caller for its address", async () => {
    const { service, keys } = deployWithLimit(9);
    const headers = {
      "Content-Type": "application/json",
      "CF-Connecting-IP": "192.0.2.1",
      "X-Forwarded-For": "198.51.100.1",
      "X-Real-IP": "198.51.100.2",
      Forwarded: "for=198.51.100.3",
      "True-Client-IP": "198.51.100.4",
    };
    await service.request("/auth/login", { method: "POST", headers, body: "{}" });
    expect(keys).toEqual(["192.0.2.1"]);
  });

  it("counts those without an address as one", async () => {
    const { service } = deployWithLimit(1);
    expect((await post(service, "/auth/login", undefined)).status).toBe(422);
    expect((await post(service, "/auth/login", undefined)).status).toBe(429);
  });

  it("is asked for nothing else", async () => {
    const admin = await openAccount(stage.service, stage.database, "else@example.org", "admin");
    const { service, keys } = deployWithLimit(0);
    for (const path of ["/health", "/ready", "/users", "/users/me", `/users/${admin.id}`]) {
      expect((await service.as(admin.accessToken, "GET", path)).status).toBe(200);
    }
    const refreshed = await service.send("POST", "/auth/refresh", { refreshToken: admin.refreshToken });
    const { refreshToken } = tokensOf(refreshed);
    expect((await service.send("POST", "/auth/logout", { refreshToken })).status).toBe(204);
    expect(keys).toEqual([]);
  });

  it("lets nobody spend the attempts of an address, nor the time of a hash, once it refuses", async () => {
    const { email } = await openAccount(stage.service, stage.database, "spend@example.org");
    const { service } = deployWithLimit(0);
    for (let n = 0; n < 12; n += 1) {
      const answer = await service.send("POST", "/auth/login", { email, password: "a guess" });
      expect(answer.status).toBe(429);
    }
    expect((await stage.service.send("POST", "/auth/login", { email, password })).status).toBe(200);
  });

  it("fails closed where Cloudflare cannot count", async () => {
    const limit = () => Promise.reject(new Error("no counter: secret-detail"));
    const staging = { ENVIRONMENT: "staging", PASSWORD_SCRYPT: "", SIGN_IN_LIMIT: { limit } };
    const answer = await post(stage.deploy(staging), "/auth/login", "192.0.2.1");
    expect(answer).toMatchObject({ status: 500, json: { code: "INTERNAL" } });
    expect(`${answer.text} ${answer.line}`).not.toContain("secret-detail");
  });

  it("is a binding that production cannot do without", async () => {
    const variables = { ENVIRONMENT: "production", PASSWORD_SCRYPT: "", DATABASE_AUTH_TOKEN: "" };
    const without = await post(stage.deploy(variables), "/auth/login", "192.0.2.1");
    expect(without).toMatchObject({ status: 500, json: { code: "CONFIG_INVALID" } });
    const limit = () => Promise.resolve({ success: false });
    const answer = await post(
      stage.deploy({ ...variables, SIGN_IN_LIMIT: { limit } }),
      "/auth/login",
      "192.0.2.1",
    );
    expect(answer).toMatchObject({ status: 429, json: { code: "RATE_LIMITED" } });
  });

  it("works with the binding of wrangler.toml in the runtime itself", async () => {
    const service = stage.deploy({ SIGN_IN_LIMIT: (env as Record<string, unknown>)["SIGN_IN_LIMIT"] });
    // A window of the runtime may end in between, so that up to two of them count.
    const answers = await Promise.all(
      Array.from({ length: 70 }, () => post(service, "/auth/login", "192.0.2.77")),
    );
    const counts = countStatuses(answers);
    expect(Object.keys(counts)).toEqual(["422", "429"]);
    expect(counts[422]).toBeGreaterThanOrEqual(30);
    expect(counts[422]).toBeLessThanOrEqual(60);
    expect((await post(service, "/auth/login", "192.0.2.78")).status).toBe(422);
  });
});

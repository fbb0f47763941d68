// What the service does where its configuration is faulty, and that it serves where it is whole.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { password } from "./accounts.ts";
import { createService, openLimit, testSecret } from "./service.ts";
import type { Service } from "./service.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
});

afterAll(() => database.stop());

/** As a deployed Worker is configured, with the costly password hash. */
const deployed = (variables: Readonly<Record<string, unknown>>): Service =>
  createService({
    ENVIRONMENT: "production",
    DATABASE_URL: database.url,
    PASSWORD_SCRYPT: undefined,
    SIGN_IN_LIMIT: openLimit,
    ...variables,
  });

describe("createApp", () => {
  it.each(["production", "staging", undefined])("serves in the environment %s", async (ENVIRONMENT) => {
    const service = deployed({ ENVIRONMENT });
    expect((await service.request("/ready")).status).toBe(200);
    const email = `${ENVIRONMENT}@example.org`;
    expect((await service.send("POST", "/users", { email, password })).status).toBe(201);
    const login = await service.send("POST", "/auth/login", { email, password });
    expect(login.status).toBe(200);
    const answer = await service.as(String(login.json["accessToken"]), "GET", "/users/me");
    expect(answer).toMatchObject({ status: 200, json: { email } });
  });

  it("takes a token in no environment but its own", async () => {
    const email = "traveller@example.org";
    const service = deployed({ ENVIRONMENT: "staging" });
    await service.send("POST", "/users", { email, password });
    const { json } = await service.send("POST", "/auth/login", { email, password });
    const token = String(json["accessToken"]);
    expect((await service.as(token, "GET", "/users/me")).status).toBe(200);
    for (const ENVIRONMENT of ["production", "development"])
      expect((await deployed({ ENVIRONMENT }).as(token, "GET", "/users/me")).status).toBe(401);
  });

  it.each([
    ["no TOKEN_SECRETS", "TOKEN_SECRETS", undefined],
    ["weak TOKEN_SECRETS", "TOKEN_SECRETS", "hunter2".repeat(7)],
    ["a weak second part of TOKEN_SECRETS", "TOKEN_SECRETS", `${testSecret},hunter2`],
    ["no SIGN_IN_LIMIT", "SIGN_IN_LIMIT", undefined],
    ["a SIGN_IN_LIMIT that is no binding", "SIGN_IN_LIMIT", "hunter2"],
    ["a weak PASSWORD_SCRYPT", "PASSWORD_SCRYPT", "ln=10,r=8,p=1"],
    ["a faulty PASSWORD_SCRYPT", "PASSWORD_SCRYPT", "hunter2"],
    ["an unknown ENVIRONMENT", "ENVIRONMENT", "develop"],
    ["no DATABASE_URL", "DATABASE_URL", undefined],
  ])("serves nothing but health and readiness with %s", async (_, variable, value) => {
    const service = deployed({ [variable]: value });
    const before = await service.send("POST", "/users", { email: "early@example.org", password });
    const answers = [
      before,
      await service.send("POST", "/auth/login", { email: "early@example.org", password }),
      await service.request("/users"),
      await service.as("rubbish", "GET", "/users/me"),
      await service.request("/nothing"),
    ];
    for (const { status, json, text, log } of answers) {
      expect({ status, code: json["code"] }).toEqual({ status: 500, code: "CONFIG_INVALID" });
      // The caller learns neither which variable it is nor what is wrong with it; the log does, without secrets.
      expect(text).not.toContain(variable);
      expect(log.error).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(variable) });
      expect(log.database?.roundTrips ?? 0).toBe(0);
    }
    expect((await service.request("/health")).status).toBe(200);
    const ready = await service.request("/ready");
    expect(ready).toMatchObject({ status: 503, json: { reason: "configuration", variables: [variable] } });
    expect(JSON.stringify(ready.json)).not.toContain("hunter2");
    if (variable === "TOKEN_SECRETS") {
      for (const { line } of [...answers, ready]) expect(line).not.toMatch(/hunter2/);
      for (const { line } of [...answers, ready]) expect(line).not.toContain(testSecret);
    }
  });
});

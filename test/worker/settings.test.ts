// The Worker's variables: what they mean, and that all faults come together.
import { describe, expect, it } from "vitest";
import { parseSettings } from "../../src/worker/settings.ts";
import { openLimit, testSecret } from "./routes/service.ts";

const good = {
  DATABASE_URL: "libsql://name.example",
  TOKEN_SECRETS: testSecret,
  SIGN_IN_LIMIT: openLimit,
};

describe("parseSettings", () => {
  it("is closed by default: production, no origins, no timing", () => {
    const settings = parseSettings(good);
    expect(settings).toMatchObject({
      environment: "production",
      corsOrigins: [],
      serverTiming: false,
      faults: [],
    });
    expect(settings.passwordCost).toEqual({ ln: 15, r: 8, p: 3 });
    expect(settings.database.url).toBe(good.DATABASE_URL);
    expect(settings.tokenKeys).toHaveLength(1);
    expect(settings.signInLimit).toBe(openLimit);
  });

  it("collects the faults of every part, and stays closed", () => {
    const settings = parseSettings({
      ENVIRONMENT: "Development",
      CORS_ORIGINS: "https://app.example, *",
      SERVER_TIMING: "yes",
      TOKEN_SECRETS: `${testSecret},not a secret`,
      PASSWORD_SCRYPT: "ln=10,r=8,p=1",
      DATABASE_AUTH_TOKEN: "not a token",
    });
    expect(settings.faults.map(({ variable }) => variable)).toEqual([
      "ENVIRONMENT",
      "CORS_ORIGINS",
      "SERVER_TIMING",
      "SIGN_IN_LIMIT",
      "TOKEN_SECRETS",
      "PASSWORD_SCRYPT",
      "DATABASE_URL",
      "DATABASE_AUTH_TOKEN",
    ]);
    expect(settings).toMatchObject({ environment: "production", corsOrigins: [], serverTiming: false });
    for (const read of [() => settings.tokenKeys, () => settings.passwordCost, () => settings.database])
      expect(read).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    expect(JSON.stringify(settings.faults)).not.toMatch(/not a (?:token|secret)/);
    expect(JSON.stringify(settings.faults)).not.toContain(testSecret);
  });

  it("takes several origins, and only whole ones", () => {
    const origins = (CORS_ORIGINS: string) => parseSettings({ ...good, CORS_ORIGINS });
    expect(origins("https://a.example, http://localhost:3000,").corsOrigins).toEqual([
      "https://a.example",
      "http://localhost:3000",
    ]);
    for (const bad of [
      "*",
      "null",
      "a.example",
      "https://a.example/",
      "https://A.example",
      "ftp://a.example",
    ]) {
      expect(origins(bad).faults).toHaveLength(1);
    }
  });

  it.each(["staging", "production", undefined, "develop"])(
    "asks for the rate limit and for strong settings in the environment %s",
    (ENVIRONMENT) => {
      const faultsOf = (variables: Readonly<Record<string, unknown>>): string[] =>
        parseSettings({ ...good, ENVIRONMENT, ...variables })
          .faults.map(({ variable }) => variable)
          .filter((variable) => variable !== "ENVIRONMENT");
      expect(faultsOf({})).toEqual([]);
      expect(faultsOf({ SIGN_IN_LIMIT: undefined })).toEqual(["SIGN_IN_LIMIT"]);
      expect(faultsOf({ PASSWORD_SCRYPT: "ln=10,r=8,p=1" })).toEqual(["PASSWORD_SCRYPT"]);
      for (const TOKEN_SECRETS of [undefined, "", " , ", "short", "A".repeat(43), 7])
        expect(faultsOf({ TOKEN_SECRETS })).toEqual(["TOKEN_SECRETS"]);
    },
  );

  it("does without the rate limit in development only, and takes nothing else for one", () => {
    const faultsOf = (binding: unknown) =>
      parseSettings({ ...good, ENVIRONMENT: "development", SIGN_IN_LIMIT: binding }).faults;
    expect(faultsOf(undefined)).toEqual([]);
    for (const binding of ["", "30", {}, { limit: 30 }, null])
      expect(faultsOf(binding)).toEqual([expect.objectContaining({ variable: "SIGN_IN_LIMIT" })]);
  });

  it("does not do without a secret for tokens, not even in development", () => {
    const settings = parseSettings({ ...good, ENVIRONMENT: "development", TOKEN_SECRETS: undefined });
    expect(settings.faults.map(({ variable }) => variable)).toEqual(["TOKEN_SECRETS"]);
  });
});

// The Worker's variables: what they mean, and that all faults come together.
import { describe, expect, it } from "vitest";
import { parseSettings } from "../../src/worker/settings.ts";

const good = { DATABASE_URL: "libsql://name.example" };

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
  });

  it("collects the faults of every part, and stays closed", () => {
    const settings = parseSettings({
      ENVIRONMENT: "Development",
      CORS_ORIGINS: "https://app.example, *",
      SERVER_TIMING: "yes",
      PASSWORD_SCRYPT: "ln=10,r=8,p=1",
      DATABASE_AUTH_TOKEN: "not a token",
    });
    expect(settings.faults.map(({ variable }) => variable)).toEqual([
      "ENVIRONMENT",
      "CORS_ORIGINS",
      "SERVER_TIMING",
      "PASSWORD_SCRYPT",
      "DATABASE_URL",
      "DATABASE_AUTH_TOKEN",
    ]);
    expect(settings).toMatchObject({ environment: "production", corsOrigins: [], serverTiming: false });
    expect(() => settings.passwordCost).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    expect(() => settings.database).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    expect(JSON.stringify(settings.faults)).not.toContain("not a token");
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
});

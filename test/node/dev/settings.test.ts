import { describe, expect, it } from "vitest";
import { findProject } from "../../../src/dev/command/project.ts";
import { parseOwnDatabase, parsePort } from "../../../src/dev/service/settings.ts";

const project = findProject({});

describe("parsePort", () => {
  it.each([
    [undefined, 8787],
    [" ", 8787],
    ["1", 1],
    ["65535", 65_535],
  ])("reads PORT=%s as %i", (text, port) => {
    expect(parsePort({ PORT: text })).toBe(port);
  });

  it.each(["0", "65536", "80a", "-1", "1e3", "8787.5"])("refuses PORT=%s", (text) => {
    expect(() => parsePort({ PORT: text })).toThrow(expect.objectContaining({ code: "PORT_INVALID" }));
  });
});

describe("parseOwnDatabase", () => {
  it.each([undefined, "", "  "])("leaves DATABASE_URL=%j to the local server", (url) => {
    expect(parseOwnDatabase({ DATABASE_URL: url }, project)).toBeUndefined();
  });

  it("takes a remote database with its token", () => {
    const variables = { DATABASE_URL: "libsql://name.turso.io", DATABASE_AUTH_TOKEN: "t" };
    expect(parseOwnDatabase(variables, project)).toMatchObject({ location: "remote", authToken: "t" });
  });

  it("refuses a file, which a Worker cannot open", () => {
    expect(() => parseOwnDatabase({ DATABASE_URL: "file:x.db" }, project)).toThrow(
      expect.objectContaining({ code: "DATABASE_URL_UNUSABLE" }),
    );
  });

  it("refuses a file inside the local server's folder", () => {
    const url = `file://${project.dataFolder}/dbs/default/data`;
    expect(() => parseOwnDatabase({ DATABASE_URL: url }, project)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });
});

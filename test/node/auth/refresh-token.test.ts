// Refresh tokens: their form, what is kept of them, and what cannot be one.
import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, inject, it } from "vitest";
import { createRefreshToken, readRefreshToken, renewRefreshToken } from "../../../src/auth/refresh-token.ts";

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

describe("createRefreshToken", () => {
  it("is 48 random bytes in base64url: a family of 16 and a secret of 32", () => {
    const lengths: number[] = [];
    const { token } = createRefreshToken((length) => {
      lengths.push(length);
      return new Uint8Array(length).fill(lengths.length);
    });
    expect(lengths).toEqual([16, 32]);
    expect([...Buffer.from(token, "base64url")]).toEqual([
      ...Array.from({ length: 16 }, () => 1),
      ...Array.from({ length: 32 }, () => 2),
    ]);
    expect(token).toMatch(/^[\w-]{64}$/);
  });

  it("is a new family each time", () => {
    const tokens = Array.from({ length: 100 }, () => createRefreshToken(randomBytes));
    for (const key of ["token", "familyHash", "tokenHash"] as const) {
      expect(new Set(tokens.map((token) => token[key])).size).toBe(100);
    }
  });

  it("keeps SHA-256 hashes, which hold nothing of the token", () => {
    const { token, familyHash, tokenHash } = createRefreshToken(randomBytes);
    const bytes = Buffer.from(token, "base64url");
    const sha256 = (part: Uint8Array) => createHash("sha256").update(part).digest("base64url");
    expect({ familyHash, tokenHash }).toEqual({
      familyHash: sha256(bytes.subarray(0, 16)),
      tokenHash: sha256(bytes),
    });
    expect(`${familyHash} ${tokenHash}`).not.toContain(token.slice(0, 12));
    expect(`${familyHash} ${tokenHash}`).not.toContain(token.slice(-12));
  });
});

describe("renewRefreshToken", () => {
  it("keeps the family and replaces the whole secret", () => {
    const old = createRefreshToken(randomBytes);
    const renewed = renewRefreshToken(old.token, randomBytes);
    expect(renewed.familyHash).toBe(old.familyHash);
    expect(renewed.tokenHash).not.toBe(old.tokenHash);
    const [before, after] = [old, renewed].map(({ token }) => Buffer.from(token, "base64url").subarray(16));
    expect(before?.filter((byte, index) => byte === after?.[index]).length).toBeLessThan(8);
  });
});

describe("readRefreshToken", () => {
  it("gives the hashes that the token was made with", () => {
    const { token, ...hashes } = createRefreshToken(randomBytes);
    expect(readRefreshToken(token)).toEqual(hashes);
  });

  it("takes no two texts for the same token", () => {
    const { token, tokenHash } = createRefreshToken(randomBytes);
    // 48 bytes fill 64 characters to the last bit, so that each character counts.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const others = [...alphabet].map((last) => token.slice(0, -1) + last).filter((text) => text !== token);
    expect(others).toHaveLength(63);
    for (const other of others) expect(readRefreshToken(other)?.tokenHash).not.toBe(tokenHash);
  });

  it.each([
    "",
    "x".repeat(63),
    "x".repeat(65),
    `${"x".repeat(64)}\n`,
    `${"x".repeat(63)}=`,
    `${"x".repeat(63)}+`,
    `${"x".repeat(62)}/x`,
    `${"x".repeat(63)}ü`,
    ` ${"x".repeat(63)}`,
  ])("takes %j for no token", (text) => {
    expect(readRefreshToken(text)).toBeUndefined();
  });

  it("never throws, whatever is sent", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc.stringMatching(/^[\w-]{60,68}$/),
      fc.base64String({ minLength: 60, maxLength: 68 }),
    );
    fc.assert(
      fc.property(text, (sent) => {
        expect(readRefreshToken(sent) === undefined).toBe(!/^[A-Za-z0-9_-]{64}$/.test(sent));
      }),
      { seed: inject("seed"), numRuns: 500 },
    );
  });
});

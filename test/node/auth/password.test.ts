// Password hashes: their form, their default cost, and that rubbish matches nothing.
import * as fc from "fast-check";
import { describe, expect, inject, it } from "vitest";
import { defaultPasswordCost } from "../../../src/auth/password-cost.ts";
import {
  hashPassword,
  isAcceptablePassword,
  isHashedAt,
  verifyPassword,
} from "../../../src/auth/password.ts";

const cheap = { ln: 4, r: 8, p: 1 };
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const zeros = (length: number) => new Uint8Array(length);

describe("hashPassword", () => {
  it("hashes by default with an OWASP setting", async () => {
    expect(defaultPasswordCost).toEqual({ ln: 15, r: 8, p: 3 });
    const hash = await hashPassword("correct horse", defaultPasswordCost, randomBytes);
    expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await verifyPassword(hash, "correct horse", cheap)).toBe(true);
  });

  it("agrees with the scrypt of other programs", async () => {
    // Python: hashlib.scrypt(b"password", salt=bytes(16), n=16, r=8, p=1, dklen=32)
    const hash = await hashPassword("password", cheap, zeros);
    expect(hash).toBe(
      "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$gLSh7ChbHdOIMvZ74XGjV6qF65d9qvQ8n75FeGnM8YM",
    );
  });

  it("salts each hash, and keeps the password out of it", async () => {
    const hashes = await Promise.all([1, 2, 3].map(() => hashPassword("same-password", cheap, randomBytes)));
    expect(new Set(hashes).size).toBe(3);
    expect(hashes.join()).not.toContain("same-password");
  });
});

describe("verifyPassword", () => {
  it("takes the password that was hashed and no other", async () => {
    const hash = await hashPassword("Grüße 🔑 und mehr", cheap, randomBytes);
    expect(await verifyPassword(hash, "Grüße 🔑 und mehr", cheap)).toBe(true);
    for (const other of ["", "grüße 🔑 und mehr", "Grüße 🔑 und mehr ", hash]) {
      expect(await verifyPassword(hash, other, cheap)).toBe(false);
    }
  });

  it.each([
    "",
    "plain text",
    "$scrypt$",
    "$scrypt$ln=4,r=8,p=1$$",
    "$scrypt$ln=40,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=0,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=4,r=8,p=1$A$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA",
  ])("matches nothing for %j", async (hash) => {
    expect(await verifyPassword(hash, "password", cheap)).toBe(false);
  });

  it("matches nothing where there is no hash, after the work that the current parameters ask for", async () => {
    expect(await verifyPassword(undefined, "password", cheap)).toBe(false);
    // The hash that it compares with is not one that a password could have: all zeros, salt and all.
    const zero = `$scrypt$ln=4,r=8,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;
    expect(await verifyPassword(zero, "password", cheap)).toBe(false);
    const timeAt = async (ln: number): Promise<number> => {
      const began = performance.now();
      await verifyPassword(undefined, "password", { ...cheap, ln });
      return performance.now() - began;
    };
    await timeAt(4);
    // 1,024 times the work.
    expect(await timeAt(14)).toBeGreaterThan(10 * Math.min(await timeAt(4), await timeAt(4)));
  });

  it("goes by the parameters of the hash, not by the current ones", async () => {
    const hash = await hashPassword("password", cheap, randomBytes);
    expect(await verifyPassword(hash, "password", { ln: 5, r: 4, p: 2 })).toBe(true);
  });

  it("never throws, whatever a good hash was changed into", async () => {
    const good = await hashPassword("password", cheap, randomBytes);
    const place = fc.nat({ max: good.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.string({ minLength: 1, maxLength: 3 }), async (at, inserted) => {
        const bad = good.slice(0, at) + inserted + good.slice(at + 1);
        fc.pre(bad !== good);
        // The last character carries unused bits; a change of only these is the same hash.
        fc.pre(at < good.length - 1);
        expect(await verifyPassword(bad, "password", cheap)).toBe(bad === good);
      }),
      { seed: inject("seed"), numRuns: 200 },
    );
  });
});

describe("isHashedAt", () => {
  it("tells a hash of these parameters from any other", async () => {
    const hash = await hashPassword("password", cheap, randomBytes);
    expect(isHashedAt(hash, cheap)).toBe(true);
    for (const other of [{ ln: 5 }, { r: 9 }, { p: 2 }, { p: 11 }])
      expect(isHashedAt(hash, { ...cheap, ...other })).toBe(false);
    expect(isHashedAt(await hashPassword("password", { ...cheap, p: 11 }, randomBytes), cheap)).toBe(false);
    expect(isHashedAt("plain text", cheap)).toBe(false);
  });
});

describe("isAcceptablePassword", () => {
  it.each(["12345678", "x".repeat(128), "🔑".repeat(8), "🔑".repeat(128), "        ", "ab\u0000cdefgh"])(
    "takes %#",
    (text) => {
      expect(isAcceptablePassword(text)).toBe(true);
    },
  );

  it.each([
    "",
    "1234567",
    "🔑".repeat(7),
    "x".repeat(129),
    "🔑".repeat(129),
    "\ud800xxxxxxxx",
    "x".repeat(60_000),
  ])("refuses %#", (text) => {
    expect(isAcceptablePassword(text)).toBe(false);
  });
});

// Access tokens: what is signed, for how long it is good, and everything that is not one of ours.
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, inject, it } from "vitest";
import { accessTokenSeconds, signAccessToken, verifyAccessToken } from "../../../src/worker/access-token.ts";
import type { TokenContext } from "../../../src/worker/access-token.ts";
import { parseTokenKeys } from "../../../src/auth/token-keys.ts";

const old = "q4jcW0Zl8mVb2uQyT7hN5sXeR1kD9pGfA3iLoC6wYtE";
const next = "Zx8Kq2LmV0nR7tYc4UwB1hJ6gF3dS9aPoIeXuT5rEyM";
const now = 1_800_000_000;
const claims = { userId: 7, sessionId: 3, role: "admin" };

function contextOf(secrets: string, changes: Partial<TokenContext> = {}): TokenContext {
  return {
    keys: parseTokenKeys({ TOKEN_SECRETS: secrets }),
    issuer: "urn:eaves:production",
    now,
    ...changes,
  };
}

const context = contextOf(old);
const [{ kid }] = context.keys;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const partOf = (token: string, index: number) =>
  JSON.parse(Buffer.from(token.split(".")[index] ?? "", "base64url").toString()) as Record<string, unknown>;

const goodHeader = { alg: "HS256", typ: "at+jwt", kid };
const goodPayload = {
  sid: 3,
  role: "admin",
  iss: "urn:eaves:production",
  aud: "urn:eaves:api",
  sub: "7",
  jti: "an id",
  iat: now,
  exp: now + 300,
};

/** A token whose signature is right, whatever it says. A change to `undefined` leaves the part out. */
function forge(header: object, payload: object, { hash = "sha256", secret = old } = {}): string {
  const signed = `${encode({ ...goodHeader, ...header })}.${encode({ ...goodPayload, ...payload })}`;
  const key = Buffer.from(secret, "base64url");
  return `${signed}.${createHmac(hash, key).update(signed).digest("base64url")}`;
}

describe("signAccessToken", () => {
  it("says who calls, for whom, from when to when, and nothing else", async () => {
    const token = signAccessToken(claims, context, "an id");
    expect(partOf(token, 0)).toEqual(goodHeader);
    expect(partOf(token, 1)).toEqual(goodPayload);
    expect(accessTokenSeconds).toBe(300);
    expect(await verifyAccessToken(token, context)).toEqual(claims);
  });
});

describe("verifyAccessToken", () => {
  it("takes what the helper of these tests signs, so that a refusal is for the reason it names", async () => {
    expect(await verifyAccessToken(forge({}, {}), context)).toEqual(claims);
  });

  it("takes a token for 300 seconds, and not one more", async () => {
    const token = signAccessToken(claims, context, "an id");
    for (const [passed, good] of [
      [-6, false],
      [-5, true],
      [0, true],
      [299, true],
      [300, false],
      [301, false],
    ] as const) {
      const verified = await verifyAccessToken(token, { ...context, now: now + passed });
      expect([passed, verified !== undefined]).toEqual([passed, good]);
    }
  });

  it("loses no token in a rotation of three steps", async () => {
    const steps = [contextOf(old), contextOf(`${next},${old}`), contextOf(next)];
    const tokens = steps.map((step) => signAccessToken(claims, step, "an id"));
    const taken = await Promise.all(
      steps.map((step) =>
        Promise.all(tokens.map(async (token) => (await verifyAccessToken(token, step)) !== undefined)),
      ),
    );
    // Row: who verifies. Column: who signed. While the new secret spreads, some sign with the old one.
    expect(taken).toEqual([
      [true, false, false],
      [true, true, true],
      [false, true, true],
    ]);
  });

  it("takes a secret that only verifies yet, so that it can be spread before it signs", async () => {
    const spread = contextOf(`${old},${next}`);
    const token = signAccessToken(claims, contextOf(`${next},${old}`), "an id");
    expect(partOf(token, 0)["kid"]).toBe(spread.keys[1]?.kid);
    expect(await verifyAccessToken(token, spread)).toEqual(claims);
  });

  it.each<[string, string]>([
    ["another algorithm of the same secret", forge({ alg: "HS512" }, {}, { hash: "sha512" })],
    ["HS384", forge({ alg: "HS384" }, {}, { hash: "sha384" })],
    ["no algorithm", forge({ alg: undefined }, {})],
    ["the type of any JWT", forge({ typ: "JWT" }, {})],
    ["no type", forge({ typ: undefined }, {})],
    ["an unknown key", forge({ kid: "unknown" }, {})],
    ["no key", forge({ kid: undefined }, {})],
    ["a key that is no text", forge({ kid: [kid] }, {})],
    ["the name of one key, signed with another", forge({}, {}, { secret: next })],
    ["an extension that has to be understood", forge({ crit: ["x"], x: 1 }, {})],
    ["a payload that is not encoded", forge({ crit: ["b64"], b64: false }, {})],
    ["another issuer", forge({}, { iss: "urn:eaves:staging" })],
    ["another audience", forge({}, { aud: "urn:other:api" })],
    ["a start in the future", forge({}, { nbf: now + 10 })],
    ["a life longer than we give", forge({}, { iat: now, exp: now + 301 })],
    ["an issue in the future", forge({}, { iat: now + 10, exp: now + 310 })],
    ["an issue far back and an end far ahead", forge({}, { iat: now - 301, exp: now + 86_400 })],
    ["an end that has passed", forge({}, { exp: now })],
    ["an end that is no number", forge({}, { exp: "later" })],
    ["a subject that is a number", forge({}, { sub: 7 })],
    ["a subject 0", forge({}, { sub: "0" })],
    ["a subject with a sign", forge({}, { sub: "-7" })],
    ["a subject with a zero in front", forge({}, { sub: "07" })],
    ["a subject beyond exact numbers", forge({}, { sub: "9007199254740993" })],
    ["a login that is text", forge({}, { sid: "3" })],
    ["a login with a fraction", forge({}, { sid: 3.5 })],
    ["a role that is no text", forge({}, { role: ["admin"] })],
    ["a payload that is a list", forgeRaw("[]")],
    ["a payload that is no JSON", forgeRaw("{")],
    ["no payload", forgeRaw("")],
  ])("refuses %s", async (_, token) => {
    expect(await verifyAccessToken(token, context)).toBeUndefined();
  });

  it.each(["iss", "aud", "sub", "sid", "role", "jti", "iat", "exp"])(
    "refuses a token without %s",
    async (claim) => {
      expect(await verifyAccessToken(forge({}, { [claim]: undefined }), context)).toBeUndefined();
    },
  );

  it("refuses alg none, with and without a signature", async () => {
    const [header, payload, signature] = [
      encode({ ...goodHeader, alg: "none" }),
      encode(goodPayload),
      "AAAA",
    ];
    for (const token of [
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature}`,
    ]) {
      expect(await verifyAccessToken(token, context)).toBeUndefined();
    }
  });

  it("refuses an asymmetric signature", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const signed = `${encode({ ...goodHeader, alg: "RS256" })}.${encode(goodPayload)}`;
    const token = `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
    expect(await verifyAccessToken(token, context)).toBeUndefined();
  });

  it("refuses a token of another environment with the same secret", async () => {
    const token = signAccessToken(claims, contextOf(old, { issuer: "urn:eaves:staging" }), "an id");
    expect(await verifyAccessToken(token, context)).toBeUndefined();
  });

  it("refuses a token in which any one character was changed", async () => {
    const token = signAccessToken(claims, context, "an id");
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    // Not the last character: of that one, two bits say nothing.
    const change = fc.tuple(fc.nat({ max: token.length - 2 }), fc.constantFrom(...alphabet));
    await fc.assert(
      fc.asyncProperty(change, async ([at, character]) => {
        const tampered = token.slice(0, at) + character + token.slice(at + 1);
        fc.pre(tampered !== token);
        expect(await verifyAccessToken(tampered, context)).toBeUndefined();
      }),
      { seed: inject("seed"), numRuns: 300 },
    );
  });

  it("takes no text that was not signed, and never throws", async () => {
    const part = fc.oneof(
      fc.stringMatching(/^[\w-]{0,40}$/),
      fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text).toString("base64url")),
      fc.constantFrom(encode(goodHeader), encode(goodPayload), ""),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        expect(await verifyAccessToken(parts.join("."), context)).toBeUndefined();
      }),
      { seed: inject("seed"), numRuns: 500 },
    );
  });
});

/** A signed token with this payload, as it is. */
function forgeRaw(payload: string): string {
  const signed = `${encode(goodHeader)}.${Buffer.from(payload).toString("base64url")}`;
  return `${signed}.${createHmac("sha256", Buffer.from(old, "base64url")).update(signed).digest("base64url")}`;
}

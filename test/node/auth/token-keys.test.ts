// The secrets of access tokens: which are taken, which are refused, and that no message holds one.
import { describe, expect, it } from "vitest";
import { createTokenSecret, parseTokenKeys } from "../../../src/auth/token-keys.ts";
import { ConfigError } from "../../../src/database/config.ts";

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const old = "q4jcW0Zl8mVb2uQyT7hN5sXeR1kD9pGfA3iLoC6wYtE";
const next = "Zx8Kq2LmV0nR7tYc4UwB1hJ6gF3dS9aPoIeXuT5rEyM";

const keysOf = (TOKEN_SECRETS: unknown) => parseTokenKeys({ TOKEN_SECRETS });

function refusal(value: unknown): string {
  try {
    keysOf(value);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("It was taken");
}

describe("parseTokenKeys", () => {
  it("takes one secret of 32 bytes, and the first of two as the one that signs", () => {
    const [one, ...none] = keysOf(old);
    expect(one.secret).toHaveLength(32);
    expect(none).toEqual([]);
    expect(keysOf(`${next},${old}`).map(({ kid }) => kid)).toEqual([keysOf(next)[0].kid, one.kid]);
  });

  it("takes white space around secrets, and longer ones", () => {
    expect(keysOf(`  ${old} ,\n ${next}\t`)).toEqual(keysOf(`${old},${next}`));
    expect(keysOf(`${old}${next.slice(0, 21)}`)[0].secret).toHaveLength(48);
  });

  it("names a key by its secret alone, and gives nothing of the secret away", () => {
    const [{ kid, secret }] = keysOf(old);
    expect(kid).toBe(keysOf(`${next},${old}`)[1]?.kid);
    expect(kid).toMatch(/^[\w-]{10}$/);
    expect(old).not.toContain(kid);
    expect(Buffer.from(secret).toString("base64url")).toBe(old);
  });

  it.each([
    ["nothing", undefined],
    ["an empty text", ""],
    ["blanks", "  "],
    ["commas", ",,"],
    ["no text", 42],
    ["three secrets", `${old},${next},${next.split("").toReversed().join("")}`],
    ["the same secret twice", `${old},${old}`],
    ["a comma at the end", `${old},`],
    ["a comma at the beginning", `,${old}`],
    ["31 bytes", old.slice(0, 42)],
    ["a length that base64 never has", old.slice(0, 41)],
    ["base64 with padding", `${old}=`],
    ["base64 of the other alphabet", old.replace("W", "+")],
    ["characters outside the alphabet", `${old.slice(0, 42)}ü`],
    ["a space within", `${old.slice(0, 20)} ${old.slice(20)}`],
    ["more than is sensible", old.repeat(12)],
    ["one character again and again", "a".repeat(43)],
    ["a word again and again", "secret-".repeat(7)],
    ["a word again and again that begins in other bits each time", "password-".repeat(5).slice(0, 44)],
    ["two characters in no order", "AABABBBAAABABBAABBBABAAABBBBABAABBABAAABABB"],
    ["a good secret beside a weak one", `${old},${"b".repeat(43)}`],
    ["a weak secret that would sign", `${"b".repeat(43)},${old}`],
  ])("refuses %s", (_, value) => {
    const message = refusal(value);
    expect(message).toContain("TOKEN_SECRETS");
    expect(message).toContain("openssl rand");
    for (const part of typeof value === "string" ? value.split(",") : []) {
      if (part.trim().length > 7) expect(message).not.toContain(part.trim().slice(0, 7));
    }
  });

  it("says which of two is faulty", () => {
    expect(refusal(`${old},short`)).toContain("part 2");
    expect(refusal(`short,${old}`)).toContain("part 1");
  });
});

describe("createTokenSecret", () => {
  it("makes secrets that are taken, each a different one", () => {
    const secrets = Array.from({ length: 200 }, () => createTokenSecret(randomBytes));
    expect(new Set(secrets).size).toBe(200);
    for (const secret of secrets) expect(keysOf(secret)[0].secret).toHaveLength(32);
  });
});

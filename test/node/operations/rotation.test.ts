// The three steps in SECURITY.md by which a token secret is replaced, while places lag one step behind one another.
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { signAccessToken, verifyAccessToken } from "../../../src/worker/access-token.ts";
import { createTokenSecret, parseTokenKeys } from "../../../src/auth/token-keys.ts";

const oldSecret = createTokenSecret(randomBytes);
const newSecret = createTokenSecret(randomBytes);
const both = `${oldSecret},${newSecret}`;
const turned = `${newSecret},${oldSecret}`;

/** Whether a token that one place signs is good at another. */
async function isGood(signs: string, verifies: string): Promise<boolean> {
  const contextOf = (secrets: string) => ({
    keys: parseTokenKeys({ TOKEN_SECRETS: secrets }),
    issuer: "urn:eaves:production",
    now: 1_800_000_000,
  });
  const token = signAccessToken({ userId: 1, sessionId: 1, role: "user" }, contextOf(signs), "id");
  return (await verifyAccessToken(token, contextOf(verifies))) !== undefined;
}

describe("rotating TOKEN_SECRETS", () => {
  it.each([
    ["to learn the new one", oldSecret, both],
    ["to sign with it", both, turned],
  ])("loses no request on the way %s", async (_, before, after) => {
    const places = [before, after];
    for (const signs of places) {
      for (const verifies of places) expect(await isGood(signs, verifies)).toBe(true);
    }
  });

  it("loses none when the old one is taken away, once its tokens have expired", async () => {
    expect(await isGood(turned, newSecret)).toBe(true);
    expect(await isGood(newSecret, turned)).toBe(true);
    expect(await isGood(both, newSecret)).toBe(false);
  });

  it("would lose some without the first step", async () => {
    expect(await isGood(turned, oldSecret)).toBe(false);
  });
});

// The secrets that access tokens are signed with. Two can be live, so that one replaces the other without a gap.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { ConfigError } from "../database/config.ts";
import type { RandomBytes } from "./password.ts";

/** A secret, and the name by which a token says that it was signed with it. */
export interface TokenKey {
  /** From the secret's SHA-256: the same wherever the secret is, and nothing to configure. */
  readonly kid: string;
  readonly secret: Uint8Array;
}

/** At least one key: the first signs, every one verifies. */
export type TokenKeys = readonly [signing: TokenKey, ...others: TokenKey[]];

const variable = "TOKEN_SECRETS";
/** As long as the hash that signs. Source: RFC 7518, 3.2. */
const leastBytes = 32;
/** 32 random bytes have some 30 different values; what was typed or repeated has few. */
const leastDifferentBytes = 16;

/**
 * Reads `TOKEN_SECRETS`: one secret, or two separated by a comma, each of at least 32 random bytes in base64url.
 *
 * @throws {ConfigError} if it is missing or weak; the message never holds a secret.
 */
export function parseTokenKeys(variables: Readonly<Record<string, unknown>>): TokenKeys {
  const value = variables[variable];
  const texts = (typeof value === "string" ? value : "").split(",").map((text) => text.trim());
  if (texts.join("") === "") throw fault("is not set");
  if (texts.length > 2) throw fault(`has ${texts.length} parts`);
  const [signing, ...others] = texts.map(parseSecret);
  if (signing === undefined) throw fault("is not set");
  if (others.some(({ kid }) => kid === signing.kid)) throw fault("has the same secret twice");
  return [signing, ...others];
}

/** A new secret for {@link parseTokenKeys}. */
export function createTokenSecret(randomBytes: RandomBytes): string {
  return Buffer.from(randomBytes(leastBytes)).toString("base64url");
}

function parseSecret(text: string, index: number): TokenKey {
  const secret =
    /^[\w-]{1,512}$/.test(text) && text.length % 4 !== 1 ? Buffer.from(text, "base64url") : undefined;
  if (secret === undefined || secret.length < leastBytes) {
    throw fault(`has a part ${index + 1} that is not ${leastBytes} bytes or more in base64url`);
  }
  if (new Set(secret).size < leastDifferentBytes || repeatsItself(text))
    throw fault(`has a part ${index + 1} that is not random`);
  return { kid: createHash("sha256").update(secret).digest("base64url").slice(0, 10), secret };
}

/** Whether it is one part again and again: `word-word-word-` has many different bytes if 4 does not divide its length. */
function repeatsItself(text: string): boolean {
  const longestPart = Math.floor(text.length / 2);
  return Array.from({ length: longestPart }, (_, index) => index + 1).some((length) =>
    text.startsWith(text.slice(length)),
  );
}

function fault(found: string): ConfigError {
  const message = `${found}: expected one secret, or two separated by a comma, each made by \`openssl rand -base64 32 | tr '+/' '-_' | tr -d '='\``;
  return new ConfigError([{ variable, message }]);
}

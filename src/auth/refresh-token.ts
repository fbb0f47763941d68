// Refresh tokens: a family, which lasts as long as the login, and a secret, which every refresh replaces.
// Both are random; only their hashes are stored, so that a stolen database opens no account.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { RandomBytes } from "./password.ts";

/** What the database knows of a refresh token. */
export interface RefreshTokenHashes {
  readonly familyHash: string;
  readonly tokenHash: string;
}

/** A refresh token as its owner has it, and its hashes. */
export interface RefreshToken extends RefreshTokenHashes {
  readonly token: string;
}

const familyBytes = 16;
const secretBytes = 32;

/** The token of a new login. */
export function createRefreshToken(randomBytes: RandomBytes): RefreshToken {
  return tokenOf(randomBytes(familyBytes), randomBytes);
}

/** The token that replaces one of the same login. @param token as {@link readRefreshToken} takes it. */
export function renewRefreshToken(token: string, randomBytes: RandomBytes): RefreshToken {
  return tokenOf(Buffer.from(token, "base64url").slice(0, familyBytes), randomBytes);
}

/** The hashes of what a caller sent, or undefined if it cannot be a token of ours. */
export function readRefreshToken(text: string): RefreshTokenHashes | undefined {
  return /^[\w-]{64}$/.test(text) ? hashesOf(Buffer.from(text, "base64url")) : undefined;
}

function tokenOf(family: Uint8Array, randomBytes: RandomBytes): RefreshToken {
  const bytes = new Uint8Array(familyBytes + secretBytes);
  bytes.set(family);
  bytes.set(randomBytes(secretBytes), familyBytes);
  return { token: Buffer.from(bytes).toString("base64url"), ...hashesOf(bytes) };
}

/** No salt and one round: the tokens are random, so there is nothing to guess. */
function hashesOf(bytes: Uint8Array): RefreshTokenHashes {
  return { familyHash: sha256(bytes.subarray(0, familyBytes)), tokenHash: sha256(bytes) };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64url");
}

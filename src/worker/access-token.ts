// Access tokens: signed statements about the caller, valid for minutes and checked without the database.
// `hono/utils/jwt` reads them, since jose, which does it as well, is 4 kB more in the Worker (2026-11-30).
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { decode, verify } from "hono/utils/jwt/jwt";
import type { TokenKeys } from "../auth/token-keys.ts";

/** How long an access token is good, in seconds: that much longer it outlives a logout. */
export const accessTokenSeconds = 300;

/** What an access token says. */
export interface AccessClaims {
  readonly userId: number;
  /** The login that the token came from. */
  readonly sessionId: number;
  readonly role: string;
}

/** What signing and verifying need beside the claims. */
export interface TokenContext {
  readonly keys: TokenKeys;
  /** Who signs. A token of one environment is nothing in another. */
  readonly issuer: string;
  /** Unix time in seconds. */
  readonly now: number;
}

const alg = "HS256";
const typ = "at+jwt";
const audience = "urn:eaves:api";
const mostSkewSeconds = 5;

/** Signs a token with the first key. Source of type and claims: RFC 9068. */
export function signAccessToken(
  { userId, sessionId, role }: AccessClaims,
  { keys: [key], issuer, now }: TokenContext,
  tokenId: string,
): string {
  const times = { iat: now, exp: now + accessTokenSeconds };
  const payload = { sid: sessionId, role, iss: issuer, aud: audience, sub: String(userId), jti: tokenId };
  const parts = [
    { alg, typ, kid: key.kid },
    { ...payload, ...times },
  ];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${signed}.${createHmac("sha256", key.secret).update(signed).digest("base64url")}`;
}

/** What the token says; undefined if it is not one of ours, has expired, or any part of it is not as we sign it. */
export async function verifyAccessToken(
  token: string,
  { keys, issuer, now }: TokenContext,
): Promise<AccessClaims | undefined> {
  const named = keyIdOf(token);
  const key = keys.find(({ kid }) => kid === named);
  if (key === undefined) return undefined;
  const jwk = { kty: "oct", k: Buffer.from(key.secret).toString("base64url"), alg, kid: key.kid };
  // Times are checked below, by the clock that is handed in.
  const times = { exp: false, nbf: false, iat: false };
  try {
    const claims = await verify(token, jwk, { alg, typ, iss: issuer, aud: audience, ...times });
    return isOfOurAge(claims, now) ? readClaims(claims) : undefined;
  } catch (error) {
    if (error instanceof Error && error.name.startsWith("Jwt")) return undefined;
    throw error;
  }
}

/** The key that a token names; undefined if it is no token, or its parts are no objects. */
function keyIdOf(token: string): unknown {
  try {
    const { header, payload } = decode(token) as { readonly header: unknown; readonly payload: unknown };
    if (typeof payload !== "object" || payload === null) return undefined;
    return (header as { readonly kid?: unknown } | null)?.kid;
  } catch {
    return undefined;
  }
}

type Claims = Readonly<Record<string, unknown>>;

/** Not longer good than we sign, and not from the future: clocks of two places differ by less than this. */
function isOfOurAge({ iat, exp, nbf }: Claims, now: number): boolean {
  if (typeof iat !== "number" || typeof exp !== "number" || nbf !== undefined) return false;
  return now < exp && exp - iat <= accessTokenSeconds && iat <= now + mostSkewSeconds;
}

function readClaims({ sub, sid, role, jti }: Claims): AccessClaims | undefined {
  const userId = typeof sub === "string" && /^[1-9]\d{0,15}$/.test(sub) ? Number(sub) : Number.NaN;
  if (!Number.isSafeInteger(userId) || typeof role !== "string" || typeof jti !== "string") return undefined;
  return typeof sid === "number" && Number.isSafeInteger(sid) ? { userId, sessionId: sid, role } : undefined;
}

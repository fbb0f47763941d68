// Access tokens: signed statements of who calls, good for minutes and checked without the database.
import { JOSEError, JWKSNoMatchingKey } from "jose/errors";
import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";
import type { JWTPayload } from "jose";
import type { TokenKeys } from "./token-keys.ts";

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

const algorithm = "HS256";
const type = "at+jwt";
const audience = "urn:eaves:api";
const mostSkewSeconds = 5;

/** Signs a token with the first key. Source of type and claims: RFC 9068. */
export function signAccessToken(
  { userId, sessionId, role }: AccessClaims,
  { keys: [key], issuer, now }: TokenContext,
  tokenId: string,
): Promise<string> {
  return new SignJWT({ sid: sessionId, role })
    .setProtectedHeader({ alg: algorithm, typ: type, kid: key.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(String(userId))
    .setJti(tokenId)
    .setIssuedAt(now)
    .setExpirationTime(now + accessTokenSeconds)
    .sign(key.secret);
}

/** What the token says; undefined where it is not one of ours, has expired, or any part of it is not as we sign it. */
export async function verifyAccessToken(
  token: string,
  { keys, issuer, now }: TokenContext,
): Promise<AccessClaims | undefined> {
  try {
    const { payload } = await jwtVerify(token, ({ kid }) => secretOf(keys, kid), {
      algorithms: [algorithm],
      typ: type,
      issuer,
      audience,
      currentDate: new Date(now * 1000),
      requiredClaims: ["sub", "sid", "role", "jti", "iat", "exp"],
    });
    return isOfOurAge(payload, now) ? readClaims(payload) : undefined;
  } catch (error) {
    if (error instanceof JOSEError) return undefined;
    throw error;
  }
}

function secretOf(keys: TokenKeys, kid: string | undefined): Uint8Array {
  const key = keys.find((candidate) => candidate.kid === kid);
  if (key === undefined) throw new JWKSNoMatchingKey();
  return key.secret;
}

/** Not longer good than we sign, and not from the future: clocks of two places differ by less than this. */
function isOfOurAge({ iat, exp }: JWTPayload, now: number): boolean {
  if (iat === undefined || exp === undefined) return false;
  return exp - iat <= accessTokenSeconds && iat <= now + mostSkewSeconds;
}

function readClaims({ sub, sid, role }: Readonly<Record<string, unknown>>): AccessClaims | undefined {
  const userId = typeof sub === "string" && /^[1-9]\d{0,15}$/.test(sub) ? Number(sub) : Number.NaN;
  if (!Number.isSafeInteger(userId) || typeof role !== "string") return undefined;
  return typeof sid === "number" && Number.isSafeInteger(sid) ? { userId, sessionId: sid, role } : undefined;
}

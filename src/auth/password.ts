// Passwords: which are accepted, and their hashes, as PHC strings `$scrypt$ln=15,r=8,p=3$salt$hash`.
// Randomness is handed in. A password and its hash never reach a message.
import { scrypt, timingSafeEqual } from "node:crypto";
import { readPasswordCost, writePasswordCost } from "./password-cost.ts";
import type { PasswordCost } from "./password-cost.ts";

/** Gives that many random bytes, fit for secrets. */
export type RandomBytes = (length: number) => Uint8Array;

const saltBytes = 16;
const hashBytes = 32;
const shortestPassword = 8;
const longestPassword = 128;

/** 8 to 128 characters (code points) as they were sent: no trimming, no rules on which ones. */
export function isAcceptablePassword(password: string): boolean {
  // A lone half of a surrogate pair has no bytes of its own: all such passwords would be one.
  if (/\p{Surrogate}/u.test(password)) return false;
  // No text of more code units than this is short enough; so the spread below stays small.
  if (password.length > 2 * longestPassword) return false;
  const length = [...password].length;
  return length >= shortestPassword && length <= longestPassword;
}

/** The PHC string to store: each call has a salt of its own. */
export async function hashPassword(
  password: string,
  cost: PasswordCost,
  randomBytes: RandomBytes,
): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, hashBytes, cost);
  return `$scrypt$${writePasswordCost(cost)}$${toBase64(salt)}$${toBase64(hash)}`;
}

/**
 * Whether `hash` was made of `password`, compared in constant time. If there is no hash, or text that is none
 * of ours, the answer is no after the same work, so that its time does not tell.
 *
 * @param cost the cost of the work if there is no hash: the current parameters.
 */
export async function verifyPassword(
  hash: string | undefined,
  password: string,
  cost: PasswordCost,
): Promise<boolean> {
  const stored = hash === undefined ? undefined : readHash(hash);
  const { salt, hash: expected, cost: used } = stored ?? decoy(cost);
  const derived = await derive(password, salt, expected.length, used);
  return timingSafeEqual(derived, expected) && stored !== undefined;
}

/** Whether a hash was made with these parameters, or is to be made anew. */
export function isHashedAt(hash: string, cost: PasswordCost): boolean {
  return hash.startsWith(`$scrypt$${writePasswordCost(cost)}$`);
}

interface StoredHash {
  readonly cost: PasswordCost;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

function decoy(cost: PasswordCost): StoredHash {
  return { cost, salt: new Uint8Array(saltBytes), hash: new Uint8Array(hashBytes) };
}

function readHash(text: string): StoredHash | undefined {
  const match = /^\$scrypt\$([a-z0-9=,]{1,32})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(text);
  const [, parameters = "", saltText = "", hashText = ""] = match ?? [];
  const cost = readPasswordCost(parameters);
  const salt = fromBase64(saltText);
  const hash = fromBase64(hashText);
  if (cost === undefined || salt === undefined || hash === undefined) return undefined;
  return { cost, salt, hash };
}

function derive(password: string, salt: Uint8Array, length: number, cost: PasswordCost): Promise<Uint8Array> {
  const N = 2 ** cost.ln;
  // scrypt needs 128 * r bytes for each of N + p blocks and little more; the runtime allows 32 MiB unless told.
  const maxmem = 128 * cost.r * (N + cost.p) + 2 ** 20;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, { N, r: cost.r, p: cost.p, maxmem }, (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
  });
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("=", "");
}

/** Strict: the unused bits of the last character are zero, so that a hash is written in one way only. */
function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : undefined;
}

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
 * Whether `hash` was made of `password`, compared in constant time. Text that is no hash of ours, or whose
 * cost is out of bounds, matches nothing.
 */
export async function verifyPassword(hash: string, password: string): Promise<boolean> {
  const stored = readHash(hash);
  if (stored === undefined) return false;
  const derived = await derive(password, stored.salt, stored.hash.length, stored.cost);
  return timingSafeEqual(derived, stored.hash);
}

function readHash(text: string): { cost: PasswordCost; salt: Uint8Array; hash: Uint8Array } | undefined {
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

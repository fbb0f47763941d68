// Limits the requests that cost a password hash: Cloudflare counts them for each address, or network of IPv6.
import type { Context } from "hono";
import { settingsOf } from "./env.ts";
import type { AppEnv } from "./env.ts";
import { RequestError } from "./request-error.ts";

/** @throws {RequestError} `RATE_LIMITED` if the caller's address has used up what the binding `SIGN_IN_LIMIT` allows. */
export async function limitSignIn(c: Context<AppEnv>): Promise<void> {
  // Cloudflare sets this header itself, whatever the caller sent.
  const key = networkOf(c.req.header("CF-Connecting-IP") ?? "local");
  const outcome = await settingsOf(c).signInLimit?.limit({ key });
  if (outcome?.success === false) {
    throw new RequestError("RATE_LIMITED", "Too many requests from this address: wait a minute");
  }
}

/** The first 64 bits of an IPv6 address: a network has all addresses that begin so. Source: RFC 6177. */
function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail = ""] = address.toLowerCase().split("::");
  const [first, last] = [head, tail].map((part) => (part === "" ? [] : part.split(":")));
  const groups = [...(first ?? []), ...(last ?? [])];
  // `::` stands for the zeros that are missing.
  groups.splice(first?.length ?? 0, 0, ...Array.from({ length: Math.max(0, 8 - groups.length) }, () => "0"));
  return groups.slice(0, 4).join(":");
}

// The first fence before what costs a password hash: counted by Cloudflare, for each address, or network of IPv6.
import type { MiddlewareHandler } from "hono";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";
import { RequestError } from "../request-error.ts";

/** Answers 429 where the caller's address has used up what the binding `SIGN_IN_LIMIT` allows. */
export const signInLimit: MiddlewareHandler<AppEnv> = async function signInLimit(c, next) {
  // Cloudflare sets this header itself, whatever the caller sent.
  const key = networkOf(c.req.header("CF-Connecting-IP") ?? "local");
  const outcome = await settingsOf(c).signInLimit?.limit({ key });
  if (outcome?.success === false) {
    throw new RequestError("RATE_LIMITED", "Too many requests from this address: wait a minute");
  }
  await next();
};

/** Of IPv6 the first 64 bits: who has one address has all that begin so. Source: RFC 6177. */
function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail = ""] = address.toLowerCase().split("::");
  const [first, last] = [head, tail].map((part) => (part === "" ? [] : part.split(":")));
  const groups = [...(first ?? []), ...(last ?? [])];
  // `::` stands for the zeros that are missing.
  groups.splice(first?.length ?? 0, 0, ...Array.from({ length: Math.max(0, 8 - groups.length) }, () => "0"));
  return groups.slice(0, 4).join(":");
}

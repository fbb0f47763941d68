// Hono turns only instances of Error into a response; any other thrown value would end the request without.
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";

/** Wraps what was thrown and is no `Error`, so that it is answered, logged and counted as one. */
export const thrownValue: MiddlewareHandler<AppEnv> = async function thrownValue(_c, next) {
  try {
    await next();
  } catch (cause) {
    throw cause instanceof Error ? cause : new TypeError("A value that is no Error was thrown", { cause });
  }
};

// Work that goes on after the response: handed to the runtime if it takes such work, otherwise awaited.
import type { Context, ExecutionContext } from "hono";
import type { AppEnv } from "../env.ts";

/**
 * Keeps the request alive until `work` is done. With an execution context that is off the critical path; without
 * one (Node, `app.request` in a test) the caller waits, unless the work itself waits for what the caller does
 * next, such as reading the body (`streaming`).
 */
export async function keepAlive(
  c: Context<AppEnv>,
  work: Promise<unknown>,
  kind: "closing" | "streaming" = "closing",
): Promise<void> {
  const context = executionContextOf(c);
  if (context !== undefined) context.waitUntil(work);
  else if (kind === "closing") await work;
}

/** Reading `c.executionCtx` throws if there is none. */
function executionContextOf(c: Context<AppEnv>): ExecutionContext | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}

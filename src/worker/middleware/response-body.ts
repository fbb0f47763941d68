// Watches a response body end, and takes back a response.
import type { Context } from "hono";
import type { AppEnv } from "../env.ts";

/** What a request's own middleware has said, and no handler: it stays on the answer that takes the place of another. */
const kept = /^(?:x-request-id|vary|access-control-.+)$/;

/** Takes back the response that a handler has made, with its headers and its body: an error is answered in its place. */
export function withdraw(c: Context<AppEnv>): void {
  const headers = [...c.res.headers].filter(([name]) => kept.test(name));
  void c.res.body?.cancel().catch(() => undefined);
  // Otherwise Hono would copy the headers of the old response to the new one.
  c.res = undefined;
  c.res = new Response(null, { headers });
}

/** A body with the same content and back-pressure, and when it has ended: read to its end, cancelled or broken. */
export function watchEnd(body: ReadableStream<Uint8Array>): {
  readonly body: ReadableStream<Uint8Array>;
  readonly ended: Promise<void>;
} {
  const reader = body.getReader();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const watched = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          end();
          return controller.close();
        } catch (error) {
          end();
          return controller.error(error);
        }
      },
      cancel(reason) {
        end();
        return reader.cancel(reason);
      },
    },
    // Nothing is read ahead: the maker of the body goes at the pace of its reader, as without this wrapper.
    { highWaterMark: 0 },
  );
  return { body: watched, ended };
}

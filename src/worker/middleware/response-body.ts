// Tells response bodies that are complete from those that are still being made, and watches the latter end.
import type { Context } from "hono";
import type { AppEnv } from "../env.ts";

/** Hono's ways to make a response; what they are given first is the body. */
const makers = ["body", "html", "json", "newResponse", "text"] as const;

type Maker = (...parameters: unknown[]) => Response | Promise<Response>;

/**
 * Watches the responses that a request's handlers make.
 *
 * @param onStream called as soon as a body that is a stream is handed to Hono.
 * @returns whether the request's response may still be in the making: any body but one that Hono was handed
 *   whole, so that a `Response` of unknown origin counts as a stream.
 */
export function watchBodies(c: Context<AppEnv>, onStream: () => void): () => boolean {
  const whole: Response[] = [];
  // Hono keeps these as properties of each context; nothing else says what a Response was made from.
  const context = c as unknown as Record<(typeof makers)[number], Maker>;
  for (const name of makers) {
    const make = context[name];
    context[name] = (...parameters) => {
      const response = make(...parameters);
      if (parameters[0] instanceof ReadableStream) onStream();
      else if (response instanceof Response) whole.push(response);
      else void response.then((made) => whole.push(made)).catch(() => undefined);
      return response;
    };
  }
  // The answer to an error comes from the error handler, which has no business with the session.
  return () => c.error === undefined && c.res.body !== null && !whole.includes(c.res);
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

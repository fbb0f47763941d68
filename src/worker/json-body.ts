// Reads a JSON body: its media type, its size, its encoding and its syntax, in this order.
import type { Context } from "hono";
import type { AppEnv } from "./env.ts";
import { RequestError } from "./request-error.ts";

/** The most bytes a body may have: 64 kB. */
export const longestBody = 64 * 1024;

/**
 * The body as `JSON.parse` gives it.
 *
 * @throws {RequestError} `MEDIA_TYPE_UNSUPPORTED`, `BODY_TOO_LARGE` or `JSON_MALFORMED`.
 */
export async function readJsonBody(c: Context<AppEnv>): Promise<unknown> {
  const [mediaType = ""] = (c.req.header("Content-Type") ?? "").split(";");
  if (mediaType.trim().toLowerCase() !== "application/json") {
    throw new RequestError("MEDIA_TYPE_UNSUPPORTED", "The body has to be application/json", {
      headers: { Accept: "application/json" },
    });
  }
  const bytes = await readBytes(c);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new RequestError("JSON_MALFORMED", "The body has to be JSON in UTF-8", { cause });
  }
}

/**
 * The body in bytes. What middleware in front has read is in Hono's cache; what is read here can be read again, by
 * `c.req.text()` as well as by `c.req.raw.clone()`, as the check of a signature does.
 */
async function readBytes(c: Context<AppEnv>): Promise<Uint8Array> {
  if (Number(c.req.header("Content-Length")) > longestBody) throw tooLarge();
  const { raw } = c.req;
  if (raw.bodyUsed) {
    const cached = new Uint8Array(await c.req.arrayBuffer());
    if (cached.byteLength > longestBody) throw tooLarge();
    return cached;
  }
  const bytes = await readStream(raw.body);
  c.req.raw = new Request(raw, { method: raw.method, body: bytes });
  return bytes;
}

/** Content-Length may be missing, so what arrives is counted; the rest of a body too large is not awaited. */
async function readStream(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += part.byteLength;
    if (size > longestBody) throw tooLarge();
    parts.push(part);
  }
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}

function tooLarge(): RequestError {
  return new RequestError("BODY_TOO_LARGE", `The body may have ${longestBody} bytes`);
}

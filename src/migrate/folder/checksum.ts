// The hash that drizzle records for a revision, and those that stand for the same text on another platform.
import { createHash } from "node:crypto";
import { parseChecksum } from "../history/revision.ts";
import type { Checksum } from "../history/revision.ts";

/** SHA-256 of a text as drizzle makes it. Source: drizzle-orm/migrator. */
export function checksumOf(text: string): Checksum {
  return parseChecksum(createHash("sha256").update(text).digest("hex"));
}

/** Checksums under which the same text may have been recorded: as it is, with LF and with CRLF ends. */
export function checksumsOf(text: string): Checksum[] {
  const lf = text.replaceAll("\r\n", "\n");
  return [...new Set([text, lf, lf.replaceAll("\n", "\r\n")].map(checksumOf))];
}

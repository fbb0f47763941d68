// Which version of the tool this is, for the record that it leaves in a database.
import { readFileSync } from "node:fs";

/** The version in the tool's package.json, or `unknown` where it is packed without one. */
export function readToolVersion(): string {
  try {
    const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
    const { version }: { readonly version?: unknown } = JSON.parse(text);
    return typeof version === "string" ? version : "unknown";
  } catch {
    return "unknown";
  }
}

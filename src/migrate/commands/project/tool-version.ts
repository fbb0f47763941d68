// Which version of the tool this is, for the record that it leaves in a database.
import manifest from "../../package.json" with { type: "json" };

/** The version in the tool's own package.json. */
export function readToolVersion(): string {
  return manifest.version;
}

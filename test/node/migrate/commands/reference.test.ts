// The generated page of codes. `npm test -- reference -u` writes it anew.
import { join } from "node:path";
import { expect, it } from "vitest";
import { findingKinds } from "../../../../src/migrate/commands/check/findings.ts";
import { explainHazard } from "../../../../src/migrate/index.ts";
import { allHazardCodes } from "../../../../src/migrate/hazards/hazard-codes.ts";

const page = join(import.meta.dirname, "../../../../src/migrate/reference.md");

it("has every hazard and every finding as the code has them", async () => {
  const hazards = allHazardCodes.map((code) => {
    const { groups, title, remedy, upgrade, atlas } = explainHazard(code);
    return `| \`${code}\` | ${groups.join(", ")} | ${title} | ${upgrade} | ${remedy} | ${atlas.join(", ")} |`;
  });
  const findings = Object.entries(findingKinds).map(
    ([code, { means, fix }]) => `| \`${code}\` | ${means} | ${fix} |`,
  );
  const text = [
    "# Codes of eaves-migrate",
    "Generated from the code by `npm test -- reference -u`.",
    "## Hazards",
    "Atlas names the analyzers of Atlas that look for the same. `check --explain CODE` adds an explanation and an example.",
    [
      "| code | kind | what the script does | `upgrade` | what to do | Atlas |",
      "|---|---|---|---|---|---|",
      ...hazards,
    ].join("\n"),
    "## Findings",
    "What `check` can find. `REV` and `FILE` are filled in.",
    ["| code | what it means | fix |", "|---|---|---|", ...findings].join("\n"),
  ].join("\n\n");
  await expect(`${text}\n`).toMatchFileSnapshot(page);
});

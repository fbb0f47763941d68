// The differ that the matrix runs in its own process writes what the drizzle-kit program writes.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allChanges } from "../../../fixtures/schema-changes/all-changes.ts";
import type { Schema } from "../../../fixtures/schema-changes/schema-change.ts";
import { textOf } from "../faults/plain-drizzle.ts";
import { openProject, type Project, writeSchema } from "../faults/project.ts";
import type { Dialect } from "./drizzle-diff.ts";
import { openPlace, type Place } from "./place.ts";
import { prepareChange } from "./trial.ts";
import { isLong } from "../../../support/tier.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
/** The program asks about renames; and it writes no file where there is nothing to do. */
const answerable = allChanges.filter(({ renames, typesOnly }) => renames === undefined && typesOnly !== true);
const changes = answerable.filter((_, at) => at % (isLong() ? 10 : 1_000) === 3);

let place: Place;
let project: Project;

beforeAll(async () => {
  place = await openPlace("file");
  project = await openProject(place, join(root, "node_modules", ".cache"));
});

afterAll(async () => {
  await project.remove();
  await place.close();
});

function moduleOf(name: string, side: "before" | "after", schema: Schema): string {
  return [
    `import { allChanges } from ${JSON.stringify(join(root, "test/fixtures/schema-changes/all-changes.ts"))};`,
    `const { ${side}: schema } = allChanges.find(({ name }) => name === ${JSON.stringify(name)});`,
    ...Object.keys(schema).map((key, at) => `export const item${at} = schema[${JSON.stringify(key)}];`),
  ].join("\n");
}

describe("diffSql", () => {
  it.each(
    changes.flatMap((change) =>
      (["sqlite", "turso"] as const).map((dialect: Dialect) => ({ change, name: change.name, dialect })),
    ),
  )("$name, dialect $dialect", async ({ change, name, dialect }) => {
    const { folder } = project.context;
    await project.write([]);
    for (const side of ["before", "after"] as const) {
      await writeSchema(project, moduleOf(name, side, change[side]), place.url, { dialect });
      await project.drizzleKit("generate", `--name=${side}`);
    }
    // A change that the program does not see leaves no file: then the differ has no statement either.
    const file = join(folder, "0001_after.sql");
    const written = existsSync(file) ? await readFile(file, "utf8") : "";
    const { drizzle } = await prepareChange(change);
    expect(written.replaceAll(/\s*--> statement-breakpoint\n/g, "\n")).toBe(
      textOf(drizzle[dialect].up).replaceAll(/\s*--> statement-breakpoint\n/g, "\n"),
    );
  });
});

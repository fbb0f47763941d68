import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProject, type TestProject, threeRevisions, writeHistory } from "../commands/project.ts";

/** One way to fail: what is prepared, what is run, and how it has to end. */
interface Failing {
  readonly code: string;
  readonly exit: number;
  readonly given: readonly string[];
  readonly prepare?: (project: TestProject) => Promise<unknown>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly place?: Readonly<Record<string, unknown>>;
}

const [users, bio, posts] = threeRevisions;
const upgraded = (project: TestProject): Promise<unknown> => project.run(["upgrade"]);

const failures: readonly Failing[] = [
  { code: "USAGE_INVALID", exit: 2, given: ["upgarde"] },
  { code: "USAGE_INVALID", exit: 2, given: ["downgrade"] },
  { code: "TARGET_UNKNOWN", exit: 2, given: ["upgrade", "nowhere"] },
  { code: "TARGET_AMBIGUOUS", exit: 2, given: ["upgrade", "0"], prepare: twoNamedAlike },
  { code: "TARGET_NOT_REACHABLE", exit: 2, given: ["upgrade", "+9"] },
  { code: "CONFIG_INVALID", exit: 2, given: ["current"], variables: { DATABASE_URL: "ftp://example.com" } },
  {
    code: "CONFIG_INVALID",
    exit: 2,
    given: ["current"],
    prepare: (project) => project.write("drizzle.config.ts", "}"),
  },
  { code: "SCRIPT_DIRECTORY_MISSING", exit: 1, given: ["current", "--dir", "nowhere"] },
  {
    code: "JOURNAL_INVALID",
    exit: 1,
    given: ["current"],
    prepare: (p) => p.write("drizzle/meta/_journal.json", "{"),
  },
  {
    code: "LAYOUT_MIXED",
    exit: 1,
    given: ["current"],
    prepare: async (p) => {
      await mkdir(join(p.folder, "drizzle/20260101000000_a"));
      await p.write("drizzle/20260101000000_a/migration.sql", "SELECT 1;");
    },
  },
  {
    code: "REVISION_FILE_MISSING",
    exit: 1,
    given: ["current"],
    prepare: (p) => p.remove("drizzle/0002_posts.sql"),
  },
  {
    code: "DATABASE_UNREACHABLE",
    exit: 1,
    given: ["current"],
    variables: { DATABASE_URL: "http://127.0.0.1:9" },
  },
  {
    code: "STATEMENT_FAILED",
    exit: 1,
    given: ["upgrade"],
    prepare: (p) =>
      p.write(
        "drizzle/0001_bio.sql",
        "SELECT 1;\n--> statement-breakpoint\n\nINSERT INTO nowhere VALUES (1);",
      ),
    place: {
      revision: "0001_bio",
      file: "drizzle/0001_bio.sql",
      line: 4,
      statement: "INSERT INTO nowhere VALUES (1)",
    },
  },
  {
    code: "REVISION_INVALID",
    exit: 1,
    given: ["upgrade"],
    prepare: (p) => p.write("drizzle/0001_bio.sql", "BEGIN;\nSELECT 1;\nCOMMIT;"),
    place: { revision: "0001_bio", file: "drizzle/0001_bio.sql", line: 1 },
  },
  {
    code: "SCHEMA_DRIFTED",
    exit: 3,
    given: ["downgrade", "-1"],
    prepare: async (p) => [await upgraded(p), await p.sql("CREATE TABLE by_hand (id)")],
  },
  {
    code: "REVISION_EDITED",
    exit: 3,
    given: ["downgrade", "-1"],
    prepare: async (p) => [await upgraded(p), await p.write("drizzle/0000_users.sql", "SELECT 1;")],
    place: { revision: "0000_users", file: "drizzle/0000_users.sql" },
  },
  {
    code: "VERSION_TABLE_MISSING",
    exit: 4,
    given: ["upgrade"],
    prepare: (p) => p.sql("CREATE TABLE users (id INTEGER PRIMARY KEY)"),
    place: { revision: "0000_users" },
  },
  {
    code: "DOWNGRADE_IRREVERSIBLE",
    exit: 4,
    given: ["downgrade", "base"],
    prepare: async (p) => [await p.remove("drizzle/0000_users.down.sql"), await upgraded(p)],
    place: { revision: "0000_users" },
  },
  {
    code: "NEWER_DATA",
    exit: 4,
    given: ["downgrade", "-1"],
    prepare: async (p) => [await asksFirst(p), await p.sql("INSERT INTO posts VALUES (1)")],
    place: { revision: "0002_posts", file: "drizzle/0002_posts.down.sql" },
  },
];

async function asksFirst(project: TestProject): Promise<void> {
  await project.write(
    "drizzle/0002_posts.down.sql",
    "-- eaves:loses-newer posts :: SELECT count(*) FROM posts\nDROP TABLE posts;",
  );
  await upgraded(project);
}

async function twoNamedAlike(project: TestProject): Promise<void> {
  const named = [users, bio, posts].flatMap((revision) => revision ?? []);
  await writeHistory(
    project,
    named.map((revision, at) => ({ ...revision, tag: `00${at + 1}0_same_${at}` })),
  );
}

describe.each(failures)("$code of db $given", ({ code, exit, given, prepare, variables, place = {} }) => {
  let project: TestProject;
  beforeAll(async () => {
    project = await createProject();
    await writeHistory(project, threeRevisions);
    await prepare?.(project);
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it(`exits with ${exit} and gives JSON on stdout alone`, async () => {
    const run = await project.run([...given, "--json"], variables);
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: exit, stderr: "" });
    const { error } = JSON.parse(run.stdout);
    expect(Object.keys(error)).toEqual(["code", "message", "revision", "statement", "file", "line"]);
    expect(error).toMatchObject({ code, ...place });
  });

  // One of each exit code is enough to see the other stream.
  it.runIf(failures.find((other) => other.exit === exit)?.code === code)(
    "says the same to people on stderr alone",
    async () => {
      const run = await project.run(given, variables);
      expect({ code: run.code, stdout: run.stdout }).toEqual({ code: exit, stdout: "" });
      expect(run.stderr).toContain(code);
      expect(run.stderr).not.toMatch(/^\s+at /m);
    },
  );
});

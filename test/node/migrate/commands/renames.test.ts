import { cp } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRevision, upgrade } from "../../../../src/migrate/index.ts";
import { createProject, schemaText, type TestProject } from "./project.ts";

describe("createRevision, where something may have been renamed", () => {
  let first: TestProject;
  let project: TestProject;
  beforeAll(async () => {
    first = await createProject();
    await first.write("schema.ts", schemaText(["bio: text()"]));
    await createRevision(first.context, { message: "users" });
  });
  afterAll(() => first[Symbol.asyncDispose]());
  beforeEach(async () => {
    project = await createProject();
    await cp(first.context.folder, project.context.folder, { recursive: true });
    await project.write("schema.ts", schemaText(["about: text()"]));
  });
  afterEach(() => project[Symbol.asyncDispose]());

  it("refuses to guess, and writes nothing", async () => {
    const before = await project.list();
    await expect(createRevision(project.context, { message: "about" })).rejects.toMatchObject({
      code: "RENAME_UNDECIDED",
      details: { questions: [{ table: "users", created: "about", candidates: ["bio"] }] },
    });
    expect(await project.list()).toEqual(before);
  });

  it("keeps the values of what was renamed", async () => {
    await createRevision(project.context, { message: "about", renames: ["users.bio=users.about"] });
    await upgrade(project.context, { target: "0" });
    await project.sql("INSERT INTO users (bio) VALUES ('kept')");
    await upgrade(project.context);
    expect(await project.sql("SELECT about FROM users")).toEqual(["kept"]);
  });

  it("asks a person where there is one", async () => {
    const asked: unknown[] = [];
    const questions = {
      rename: async (question: unknown) => {
        asked.push(question);
        return "bio";
      },
      archive: async () => true,
    };
    const result = await createRevision({ ...project.context, questions }, { message: "about" });
    expect(asked).toHaveLength(1);
    expect(result).toMatchObject({ class: "exact", downgrade: "proven" });
  });

  it("takes the word of a person that it is new, and asks about the values then", async () => {
    const asked: (readonly string[])[] = [];
    const questions = {
      rename: async () => undefined,
      archive: async (removed: readonly string[]) => {
        asked.push(removed);
        return true;
      },
    };
    await createRevision({ ...project.context, questions }, { message: "about" });
    expect(asked).toEqual([["users.bio"]]);
  });

  it("lets drizzle-kit go on from what it wrote", async () => {
    await createRevision(project.context, { message: "about", renames: ["users.bio=users.about"] });
    const again = await createRevision(project.context, { message: "nothing" });
    expect(again.revision).toBeNull();
  });
});

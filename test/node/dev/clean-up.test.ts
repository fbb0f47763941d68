import { describe, expect, it } from "vitest";
import { withCleanUp } from "../../../src/dev/command/clean-up.ts";

describe("withCleanUp", () => {
  it("undoes the newest first, one after the other, and hands on the result", async () => {
    const done: string[] = [];
    const result = await withCleanUp(async (defer) => {
      defer(() => done.push("first"));
      defer(async () => {
        await Promise.resolve();
        done.push("second");
      });
      done.push("work");
      return 7;
    });
    expect([result, done]).toEqual([7, ["work", "second", "first"]]);
  });

  it("undoes everything where the work fails, and throws its error", async () => {
    const done: string[] = [];
    const work = withCleanUp((defer) => {
      defer(() => done.push("first"));
      defer(() => Promise.reject(new Error("undo")));
      return Promise.reject(new Error("work"));
    });
    await expect(work).rejects.toThrow("work");
    expect(done).toEqual(["first"]);
  });

  it("undoes everything where one of it fails, and throws that", async () => {
    const done: string[] = [];
    const work = withCleanUp((defer) => {
      defer(() => done.push("first"));
      defer(() => {
        throw new Error("undo");
      });
      return Promise.resolve();
    });
    await expect(work).rejects.toThrow("undo");
    expect(done).toEqual(["first"]);
  });
});

// Which revisions run before a deployment and which after it.
import { describe, expect, it } from "vitest";
import { planStages } from "../../../src/dev/release/release-stages.ts";

const adding = (tag: string) => ({ tag, adds: [`t.${tag}`], removes: [] });
const removing = (tag: string) => ({ tag, adds: [], removes: [`t.${tag}`] });
const filling = (tag: string) => ({ tag, adds: [], removes: [] });
const refused = expect.objectContaining({ code: "DEPLOY_REFUSED" });

describe("planStages", () => {
  it("does nothing where nothing is pending", () => {
    expect(planStages([])).toEqual({ expand: undefined, contract: undefined });
  });

  it("applies what removes something after the deployment, and all else before it", () => {
    expect(planStages([adding("a"), filling("b")])).toEqual({ expand: "b", contract: undefined });
    expect(planStages([adding("a"), removing("b"), removing("c")])).toEqual({ expand: "a", contract: "c" });
    expect(planStages([removing("a")])).toEqual({ expand: undefined, contract: "a" });
  });

  it("refuses a revision that adds and removes", () => {
    const both = { tag: "b", adds: ["t.new"], removes: ["t.old"] };
    expect(() => planStages([adding("a"), both])).toThrow(refused);
    expect(() => planStages([both])).toThrow("b adds t.new and removes t.old");
  });

  it("refuses one that the new Worker may need behind one that waits for it", () => {
    expect(() => planStages([removing("a"), adding("b")])).toThrow(refused);
    expect(() => planStages([removing("a"), filling("b")])).toThrow("b may be needed by the new Worker");
  });
});

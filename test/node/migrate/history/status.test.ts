import { describe, expect, it } from "vitest";

import { buildHistory } from "../../../../src/migrate/history/history.ts";
import { findObstacles } from "../../../../src/migrate/history/obstacle.ts";
import type { Applied } from "../../../../src/migrate/history/record.ts";
import { readStatus, type RevisionState } from "../../../../src/migrate/history/status.ts";
import { applied, history, revision } from "./revisions.ts";

const abc = history("a", "b", "c");
const other = "f".repeat(64);

function words(states: readonly RevisionState[]): string[] {
  return states.map((state) =>
    state.status === "missing" ? "missing" : `${state.revision.tag.slice(5)} ${state.status}`,
  );
}

describe("readStatus", () => {
  it("tells applied from pending", () => {
    const status = readStatus(abc, applied(abc, "a", "b"));
    expect(words(status.states)).toEqual(["a applied", "b applied", "c pending"]);
    expect(status.current?.tag).toBe("0001_b");
    expect(status.pending.map(({ tag }) => tag)).toEqual(["0002_c"]);
    expect(status.top).toEqual({ hash: abc.revisions[1]?.up.checksum, when: 2000 });
  });

  it("accepts the checksum of the same text with other line ends", () => {
    const crlf = { ...revision("a", 0), checksums: [...revision("b", 1).checksums] };
    const rows = [{ hash: String(crlf.checksums[0]), when: 1000 }];
    expect(words(readStatus(buildHistory([crlf]), rows).states)).toEqual(["a applied"]);
  });

  it("finds an edited file", () => {
    const [state] = readStatus(abc, [{ hash: other, when: 1000 }]).states;
    expect(state).toMatchObject({ status: "drifted", differs: "text", applied: { hash: other, when: 1000 } });
  });

  it("finds a revision that was applied under another when", () => {
    const [state] = readStatus(abc, [{ hash: String(abc.revisions[0]?.up.checksum), when: 17 }]).states;
    expect(state).toMatchObject({ status: "drifted", differs: "when" });
  });

  it("keeps revisions of the same text apart by their when", () => {
    const same = buildHistory(["a", "b", "c"].map((name, at) => revision(name, at, { up: "SELECT 1;" })));
    expect(words(readStatus(same, applied(same, "b")).states)).toEqual([
      "a pending",
      "b applied",
      "c pending",
    ]);
  });

  it("lists what is not on disk last, oldest first", () => {
    const rows = [{ hash: other, when: 9000 }, ...applied(abc, "a"), { hash: other, when: 8000 }];
    const { states } = readStatus(abc, rows);
    expect(words(states)).toEqual(["a applied", "b pending", "c pending", "missing", "missing"]);
    expect(states.slice(3)).toMatchObject([{ applied: { when: 8000 } }, { applied: { when: 9000 } }]);
  });

  it("takes rows that racing runners left twice for one", () => {
    const rows = applied(abc, "a", "a", "b");
    expect(words(readStatus(abc, rows).states)).toEqual(["a applied", "b applied", "c pending"]);
  });

  const ahead: Applied = { hash: other, when: 9000 };
  const unknown: Applied = { hash: other, when: 1500 };
  it.each([
    { what: "all", rows: applied(abc, "a", "b", "c"), summary: "current" },
    { what: "none", rows: [], summary: "behind" },
    { what: "some", rows: applied(abc, "a"), summary: "behind" },
    { what: "all and newer", rows: [...applied(abc, "a", "b", "c"), ahead], summary: "ahead" },
    { what: "some and newer", rows: [...applied(abc, "a"), ahead], summary: "unknown" },
    {
      what: "all and something between",
      rows: [...applied(abc, "a", "b", "c"), unknown],
      summary: "unknown",
    },
    { what: "an edited one", rows: [{ hash: other, when: 1000 }], summary: "unknown" },
  ])("is $summary for a database with $what", ({ rows, summary }) => {
    expect(readStatus(abc, rows).summary).toBe(summary);
  });

  it("is current where there is nothing at all", () => {
    expect(readStatus(history(), [])).toMatchObject({
      summary: "current",
      current: undefined,
      top: undefined,
    });
  });
});

describe("findObstacles", () => {
  it("has none where revisions are applied in their order", () => {
    expect(findObstacles(readStatus(abc, applied(abc, "a")))).toEqual([]);
    expect(findObstacles(readStatus(abc, []))).toEqual([]);
  });

  it("finds every one, not only the first", () => {
    const rows = [{ hash: other, when: 2000 }, ...applied(abc, "c"), { hash: other, when: 9000 }];
    const found = findObstacles(readStatus(abc, rows)).map(({ code, place }) => [code, place.revision]);
    expect(found).toEqual([
      ["REVISION_MISSING", undefined],
      ["REVISION_EDITED", "0001_b"],
      ["REVISION_SKIPPED", "0000_a"],
    ]);
  });
});

// Ids and cursors as callers send them.
import * as fc from "fast-check";
import { describe, expect, inject, it } from "vitest";
import { parseCursor, parseId, writeCursor } from "../../../src/database/page.ts";

const ids = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe("parseId", () => {
  it("reads every positive safe integer", () => {
    fc.assert(
      fc.property(ids, (id) => {
        expect(parseId(String(id))).toBe(id);
      }),
      { seed: inject("seed") },
    );
  });

  it.each([
    "",
    "0",
    "-1",
    "+1",
    "01",
    "1.0",
    "1e3",
    "0x1",
    " 1",
    "1\n",
    "１",
    "9007199254740992",
    "99999999999999999999",
  ])("refuses %j", (text) => {
    expect(parseId(text)).toBeUndefined();
  });
});

describe("parseCursor", () => {
  it("reads what writeCursor wrote", () => {
    fc.assert(
      fc.property(ids, (id) => {
        expect(writeCursor(id)).toMatch(/^[\w-]+$/);
        expect(parseCursor(writeCursor(id))).toBe(id);
      }),
      { seed: inject("seed") },
    );
  });

  it("reads nothing else, and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.string({ unit: "binary" })), (text) => {
        const id = parseCursor(text);
        expect(id === undefined || writeCursor(id) === text).toBe(true);
      }),
      { seed: inject("seed"), numRuns: 1_000 },
    );
  });

  it("refuses another spelling of the same bytes", () => {
    const cursor = writeCursor(1);
    expect(parseCursor(`${cursor}==`)).toBeUndefined();
    expect(parseCursor(btoa("after:01").replaceAll("=", ""))).toBeUndefined();
    expect(parseCursor(btoa("after:-1").replaceAll("=", ""))).toBeUndefined();
  });
});

// What a soak holds answers and rows against: every rule of it is broken once, and has to say so.
import { describe, expect, it } from "vitest";

import { type Answer, findAnswerFault, isBest, outcomeOf } from "../answers.ts";
import { createLedger, type FinalRows } from "../ledger.ts";

const rows = (some: Partial<FinalRows>): FinalRows => ({
  entries: new Set(),
  pairs: new Map(),
  users: new Set(),
  ...some,
});

describe("createLedger", () => {
  it("finds an acknowledged write that is not there, of each table", () => {
    const ledger = createLedger();
    for (const kind of ["entry", "pair", "sign-up"] as const) {
      ledger.begin(kind, kind);
      ledger.settle(kind, "acknowledged");
    }
    const there = rows({
      entries: new Set(["entry"]),
      pairs: new Map([["pair", 2]]),
      users: new Set(["sign-up"]),
    });
    expect(ledger.compare(there).faults).toEqual([]);
    expect(ledger.compare(rows({})).faults.map(({ rule }) => rule)).toEqual(
      Array.from({ length: 3 }, () => "acknowledged writes are there"),
    );
  });

  it("finds a refused write that is there", () => {
    const ledger = createLedger();
    ledger.begin("batch", "a");
    ledger.settle("a", "refused");
    expect(ledger.compare(rows({ pairs: new Map([["a", 2]]) })).faults).toMatchObject([
      { rule: "refused writes are not there" },
    ]);
  });

  it("takes a write of unknown outcome either way, but never half", () => {
    const ledger = createLedger();
    ledger.begin("pair", "a");
    ledger.settle("a", "unknown");
    expect(ledger.compare(rows({})).faults).toEqual([]);
    expect(ledger.compare(rows({ pairs: new Map([["a", 2]]) })).faults).toEqual([]);
    expect(ledger.compare(rows({ pairs: new Map([["a", 1]]) })).faults).toMatchObject([
      { rule: "pairs are whole" },
    ]);
  });

  it("finds what was rolled back, at the end and in between", () => {
    const ledger = createLedger();
    ledger.begin("undone", "a");
    const rule = "what was taken back is not there";
    expect(ledger.compare(rows({ pairs: new Map([["a", 2]]) })).faults).toMatchObject([{ rule }]);
    expect(ledger.findReadFaults([["b-ghost", 2]])).toMatchObject([{ rule }]);
  });
});

describe("findAnswerFault", () => {
  const answer = (status: number, code?: string, more: Partial<Answer> = {}): Answer => ({
    status,
    code,
    hasRetryAfter: status === 503 && code !== "COMMIT_UNKNOWN",
    whole: true,
    body: "",
    ...more,
  });

  it("takes what the table has", () => {
    expect(findAnswerFault("entry", answer(201))).toBeUndefined();
    expect(findAnswerFault("entry", answer(503, "COMMIT_UNKNOWN"))).toBeUndefined();
    expect(findAnswerFault("read", answer(504, "DEADLINE_EXCEEDED"))).toBeUndefined();
    expect(findAnswerFault("pair", answer(503, "TRANSACTION_TIMEOUT"))).toBeUndefined();
  });

  it.each([
    ["an unknown outcome of a read", "read", answer(503, "COMMIT_UNKNOWN")],
    ["a deadline of a lone write, which may have been done", "entry", answer(504, "DEADLINE_EXCEEDED")],
    ["a fault of the program", "pair", answer(500, "STATEMENT_FAILED")],
    ["no answer", "pair", answer(0)],
    ["an answer that broke off", "entry", answer(201, undefined, { whole: false })],
    ["no time to come back", "read", answer(503, "DATABASE_BUSY", { hasRetryAfter: false })],
    [
      "an invitation to repeat an unknown outcome",
      "entry",
      answer(503, "COMMIT_UNKNOWN", { hasRetryAfter: true }),
    ],
    ["health that depends on the database", "health", answer(503, "NOT_READY")],
  ] as const)("finds %s", (_what, kind, given) => {
    expect(findAnswerFault(kind, given)).toBeTypeOf("string");
  });

  it("tells a good answer from one that is only allowed", () => {
    expect(isBest("pair", answer(201))).toBe(true);
    expect(isBest("pair", answer(503, "DATABASE_BUSY"))).toBe(false);
    expect(isBest("duplicate", answer(409, "UNIQUE_VIOLATION"))).toBe(true);
    expect(isBest("ready", answer(503, "NOT_READY"))).toBe(false);
  });

  it("knows what an answer says of the write", () => {
    expect(outcomeOf(answer(201))).toBe("acknowledged");
    expect(outcomeOf(answer(202))).toBe("unknown");
    expect(outcomeOf(answer(503, "DATABASE_BUSY"))).toBe("refused");
    expect(outcomeOf(answer(503, "COMMIT_UNKNOWN"))).toBe("unknown");
    expect(outcomeOf(answer(0))).toBe("unknown");
  });
});

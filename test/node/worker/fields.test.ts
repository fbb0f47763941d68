// What a caller sent and the database cannot store is named, whatever the route's own checks let through.
import * as fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";

import { parseFields } from "../../../src/worker/fields.ts";
import { RequestError } from "../../../src/worker/request-error.ts";
import { count, seed } from "../../support/tier.ts";

const schema = v.object(
  {
    text: v.exactOptional(v.pipe(v.string("has to be text"), v.maxLength(9, "is too long"))),
    any: v.exactOptional(v.any()),
  },
  "is required",
);

/** The fields that are named, with what is said of them. */
function faultsOf(json: string): unknown {
  try {
    parseFields(schema, JSON.parse(json));
    return [];
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return [
      error.code,
      ...(error.members["errors"] as { field: string; message: string }[]).map(Object.values),
    ];
  }
}

/** JSON carries no other integers of 64 bits as they are. */
function hasExactIntegers(value: unknown): boolean {
  return (JSON.stringify(value).match(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi) ?? []).every((text) => {
    const number = Number(text);
    return !Number.isInteger(number) || Number.isSafeInteger(number) || Math.abs(number) > 2 ** 63;
  });
}

describe("parseFields", () => {
  it.each([
    ['{"text":"\\ud800"}', [["text", "has to be well-formed text"]]],
    ['{"text":"x\\udc00"}', [["text", "has to be well-formed text"]]],
    ['{"text":"\\udc00\\ud800"}', [["text", "has to be well-formed text"]]],
    ['{"text":"\\ud800 that is too long as well"}', [["text", "has to be well-formed text"]]],
    ['{"any":["a",{"b":["\\ud800"]}]}', [["any", "has to be well-formed text"]]],
    ['{"any":{"a":{"\\ud800":1}}}', [["any", "has to be well-formed text"]]],
    ['{"any":1e999}', [["any", "has to be a finite number"]]],
    ['{"any":{"a":[-1e999]}}', [["any", "has to be a finite number"]]],
    [
      '{"any":9007199254740992}',
      [["any", "has to be an integer from -9007199254740991 to 9007199254740991"]],
    ],
    [
      '{"any":[-9223372036854775807]}',
      [["any", "has to be an integer from -9007199254740991 to 9007199254740991"]],
    ],
    [
      '{"any":"\\ud800","text":7}',
      [
        ["any", "has to be well-formed text"],
        ["text", "has to be text"],
      ],
    ],
  ])("refuses %s", (json, faults) => {
    expect(faultsOf(json)).toEqual(["FIELDS_INVALID", ...faults]);
  });

  it.each([
    '{"text":"\\ud83d\\ude00"}',
    '{"any":{"\\ud83d\\ude00":["\\ufffd",1e308,-0,null,true]}}',
    '{"any":[9007199254740991,1e19,0.5]}',
  ])("takes %s", (json) => {
    expect(faultsOf(json)).toEqual([]);
  });

  it("says nothing of the value of an unknown name, beside that", () => {
    expect(faultsOf('{"other":"\\ud800"}')).toEqual(["FIELDS_INVALID", ["other", "is not known"]]);
  });

  it("reads what is nested deeper than any stack", () => {
    const deep = (inner: string) => `{"any":${"[".repeat(30_000)}${inner}${"]".repeat(30_000)}}`;
    expect(faultsOf(deep("1"))).toEqual([]);
    expect(faultsOf(deep('"\\ud800"'))).toEqual(["FIELDS_INVALID", ["any", "has to be well-formed text"]]);
  });

  it("finds the one value that is broken, wherever it is", () => {
    const broken = fc.constantFrom<unknown>("\ud800", "a\udfffb", Infinity, -Infinity);
    const wrapped = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 6 },
        broken,
        fc.tuple(fc.array(fc.jsonValue()), tie("node")).map(([others, node]) => [...others, node]),
        fc
          .tuple(
            fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()),
            fc.string({ unit: "grapheme" }),
            tie("node"),
          )
          .map(([others, name, node]) => ({ ...others, [name]: node })),
      ),
    })).node;
    const check = (any: unknown): string => {
      try {
        parseFields(schema, { any });
        return "taken";
      } catch (error) {
        return error instanceof RequestError ? error.code : "another error";
      }
    };
    const options = { seed: seed(), numRuns: count({ quick: 100, long: 5_000 }) };
    fc.assert(
      fc.property(wrapped, fc.jsonValue({ stringUnit: "grapheme" }).filter(hasExactIntegers), (bad, good) => {
        expect(check(bad)).toBe("FIELDS_INVALID");
        expect(check(good)).toBe("taken");
      }),
      options,
    );
  });
});

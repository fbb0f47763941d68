// Which scrypt settings are taken where.
import { describe, expect, it } from "vitest";
import { defaultPasswordCost, parsePasswordCost } from "../../../src/auth/password-cost.ts";

const parse = (text: unknown, isDevelopment = false) =>
  parsePasswordCost({ PASSWORD_SCRYPT: text }, isDevelopment);

describe("parsePasswordCost", () => {
  it.each([undefined, "", "  ", 7])("gives the default for %j", (text) => {
    expect(parse(text)).toEqual(defaultPasswordCost);
  });

  it.each([
    "ln=17,r=8,p=1",
    "ln=16,r=8,p=2",
    "ln=15,r=8,p=3",
    "ln=14,r=8,p=5",
    "ln=13,r=8,p=10",
    "ln=15,r=8,p=4",
  ])("takes %s everywhere", (text) => {
    expect(parse(text)).toEqual(parse(text, true));
  });

  it.each(["ln=10,r=8,p=1", "ln=15,r=8,p=2", "ln=13,r=8,p=9", "ln=16,r=4,p=2"])(
    "takes %s in development and refuses it elsewhere",
    (text) => {
      expect(parse(text, true)).toBeDefined();
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    },
  );

  it.each([
    "cheap",
    "ln=15",
    "ln=0,r=8,p=1",
    "ln=15,r=0,p=3",
    "ln=18,r=8,p=1",
    "ln=99,r=99,p=99",
    "ln=15,r=8,p=3,",
    "15/8/3",
  ])("refuses %s in every environment, naming the variable", (text) => {
    for (const isDevelopment of [true, false]) {
      expect(() => parse(text, isDevelopment)).toThrow(/^PASSWORD_SCRYPT is /);
    }
  });
});

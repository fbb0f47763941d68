// The block list of passwords: what is on it, and that it holds what it says it holds.
import { describe, expect, it } from "vitest";
import packed from "../../../src/auth/common-passwords.json" with { type: "json" };
import { isCommonPassword } from "../../../src/auth/common-passwords.ts";
import { isAcceptablePassword } from "../../../src/auth/password.ts";

const listed = packed
  .split(/(?=[A-Z])/)
  .reduce<string[]>(
    (before, part) => [...before, (before.at(-1) ?? "").slice(0, part.charCodeAt(0) - 65) + part.slice(1)],
    [],
  );

describe("isCommonPassword", () => {
  // From the yearly lists of others, which are made of other leaks.
  it.each([
    "password",
    "12345678",
    "123456789",
    "1234567890",
    "qwertyuiop",
    "password1",
    "iloveyou",
    "1q2w3e4r",
    "11111111",
    "sunshine",
    "princess",
    "football",
  ])("knows %s", (password) => {
    expect(isCommonPassword(password)).toBe(true);
  });

  it("makes no difference between upper and lower case", () => {
    expect(["PASSWORD", "PassWord1", "QwertyUIOP"].map(isCommonPassword)).toEqual([true, true, true]);
  });

  it.each([
    "correct horse battery",
    "",
    "password 12345678",
    " password",
    "password\n",
    "12345678,",
    "passwor",
  ])("does not know %j", (password) => {
    expect(isCommonPassword(password)).toBe(false);
  });

  it("knows all of its list, which has no word twice and none that is refused anyway", () => {
    expect(listed).toHaveLength(1_000);
    expect(listed.filter((word) => !isCommonPassword(word) || !isCommonPassword(word.toUpperCase()))).toEqual(
      [],
    );
    expect(listed).toEqual([...new Set(listed)].toSorted());
    expect(listed.filter((word) => !isAcceptablePassword(word) || word !== word.toLowerCase())).toEqual([]);
  });
});

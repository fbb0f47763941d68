// The passwords that are tried first: the 1,000 most common ones that are long enough for isAcceptablePassword.
// Source: passwords.json of @zxcvbn-ts/language-common 4.1.3, which is in the order of their frequency. MIT,
// (c) 2012-2016 Dan Wheeler and Dropbox, Inc., (c) 2021 @zxcvbn-ts; their text is that of /LICENSE.
//
// They are packed in common-passwords.json, in alphabetical order: a capital letter begins a password and says how much of
// the one before it is repeated first, A nothing, B one character, C two. That is a tenth less to upload.
import packed from "./common-passwords.json" with { type: "json" };

let common: ReadonlySet<string> | undefined;

/** Whether the password is one of the most common ones; upper and lower case are the same here. */
export function isCommonPassword(password: string): boolean {
  // Taken apart by the first sign-up, not by the start of the Worker.
  common ??= readWords();
  return common.has(password.toLowerCase());
}

function readWords(): ReadonlySet<string> {
  const found = new Set<string>();
  let word = "";
  for (const [, repeated = "", rest = ""] of packed.matchAll(/([A-Z])([^A-Z\s]*)/g)) {
    word = word.slice(0, repeated.charCodeAt(0) - 65) + rest;
    found.add(word);
  }
  return found;
}

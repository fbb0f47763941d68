// Requests as no client of ours would make them: bodies, paths, headers and credentials for the fuzzer.
import * as fc from "fast-check";

/** In whose name a request comes. */
export type Credential =
  | { readonly kind: "none" }
  | { readonly kind: "bad"; readonly text: string }
  | { readonly kind: "good"; readonly index: number };

/** One request. The body is left out where the method takes none. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly credential: Credential;
}

/** Every method that fetch lets through, and two that nobody has. */
export const methods = fc.constantFrom(..."GET HEAD POST PUT PATCH DELETE OPTIONS PROPFIND QUERY".split(" "));

const oddTexts = [
  "",
  "\0",
  "\ud800",
  "a\udc00b",
  "﻿",
  "‮gro.elpmaxe@ada",
  "İ".repeat(200),
  "'; DROP TABLE users; --",
  '" OR ""="',
  "%s%n${7*7}{{7*7}}",
  "__proto__",
  "constructor",
  "x".repeat(5_000),
  "🔑".repeat(65),
];
const emails = [
  "ada@example.org",
  " ADA@EXAMPLE.ORG\t",
  "a@b",
  "a@@b",
  "\ud800@example.org",
  "a\0@example.org",
];

const text = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...oddTexts, ...emails) },
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme-ascii", minLength: 8, maxLength: 20 }),
);

const anything = fc.oneof(
  { weight: 3, arbitrary: text },
  fc.constantFrom<unknown>(null, true, false, 0, -0, 1e308, -1, 2 ** 53, 0.1, [], {}, [[[]]]),
  fc.constantFrom("user", "admin", "ADMIN"),
  fc.jsonValue({ maxDepth: 3 }),
);

const names =
  "email password oldPassword newPassword refreshToken role disabled id __proto__ constructor toString ".split(
    " ",
  );

/** Objects that have the fields of some route, or nearly so: as text, so that a name may come twice. */
const fields = fc
  .array(fc.tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, text), anything), {
    maxLength: 6,
  })
  .map(
    (entries) =>
      `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`,
  );

/** What the routes take. */
const shapes: readonly Readonly<Record<string, unknown>>[] = [
  { email: "likely@example.org", password: "correct horse battery" },
  { email: "ada@example.org" },
  { oldPassword: "none", newPassword: "another horse battery" },
  { refreshToken: "A".repeat(64) },
  { role: "user", disabled: false },
];

/** Bodies as they should be, and with one field that is not. */
const likely = fc
  .record({ shape: fc.constantFrom(...shapes), at: fc.nat({ max: 5 }), odd: fc.oneof(text, anything) })
  .map(({ shape, at, odd }) => {
    const name = Object.keys(shape)[at];
    return JSON.stringify(name === undefined ? shape : { ...shape, [name]: odd });
  });

const rawTexts = [
  "",
  " ",
  "null",
  "1e999",
  "-0",
  "9".repeat(400),
  '"text"',
  "[]",
  "[".repeat(30_000),
  `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
  '{"a":'.repeat(10_000),
  `{"email":${'{"email":'.repeat(5_000)}1${"}".repeat(5_000)}}`,
  '{"__proto__":{"email":"a@b","password":"x"}}',
  '{"email":"\\ud800@example.org","password":"\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800"}',
  '{"email":"a\\u0000b@example.org","password":"\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000"}',
  '{"email":"a@example.org","email":["b@example.org"],"password":"correct horse"}',
  "{'email': 1}",
  '{"email": 1,}',
  '{"email": NaN}',
  "email=a%40b&password=x",
  "<?xml version='1.0'?><email/>",
  `{"email":"${"x".repeat(70_000)}"}`,
  `{${Array.from({ length: 3_000 }, (_, n) => `"f${n}":${n}`).join()}}`,
];

const encode = (value: string): Uint8Array => new TextEncoder().encode(value);
const rawBytes = [
  Uint8Array.of(),
  Uint8Array.of(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00),
  Uint8Array.of(0xef, 0xbb, 0xbf, ...encode('{"email":"a@example.org"}')),
  Uint8Array.of(...encode('{"email":"'), 0xc0, 0xaf, 0xed, 0xa0, 0x80, ...encode('"}')),
  // An empty object, as gzip has it.
  Uint8Array.of(31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 171, 174, 5, 0, 67, 191, 166, 163, 2, 0, 0, 0),
];

/** Bodies, from nearly right to no text at all. */
export const bodies: fc.Arbitrary<string | Uint8Array | undefined> = fc.oneof(
  { weight: 4, arbitrary: fields },
  { weight: 5, arbitrary: likely },
  { weight: 3, arbitrary: fc.constantFrom(...rawTexts) },
  fc.constantFrom(...rawBytes),
  fc.uint8Array({ maxLength: 60 }),
  fc.json({ maxDepth: 4 }),
  fc.constant(undefined),
);

const oddParts = [
  "%",
  "%zz",
  "%ff",
  "%00",
  "%2e%2e",
  "..",
  "%2F",
  "%E0%A4%A",
  "%ED%A0%80",
  "ü",
  "🔑",
  "\\",
  ";a=b",
  "a b",
];
const ids = [
  "me",
  "1",
  "1850",
  "1900",
  "0",
  "-1",
  "1e3",
  "01",
  "9007199254740993",
  "NaN",
  "null",
  "undefined",
];
const queryNames = ["limit", "cursor", "role", "emailPrefix", "__proto__", "limit[]", "", "%", "%ff", "%00"];
const queryValues = [
  "1",
  "100",
  "101",
  "-1",
  "1e2",
  "user",
  "admin",
  "YWZ0ZXI6MTA",
  "%",
  "%ff",
  "%00",
  "a%ED%A0%80",
  "*",
  "+",
];

const query = fc
  .array(
    fc.tuple(
      fc.constantFrom(...queryNames),
      fc.oneof(
        fc.constantFrom(...queryValues),
        text.map((value) => encodeURIComponent(value.toWellFormed())),
      ),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => (pairs.length === 0 ? "" : `?${pairs.map((pair) => pair.join("=")).join("&")}`));

/** Addresses of a route, and some beside it. */
export function paths(pattern: string): fc.Arbitrary<string> {
  const part = fc.oneof(
    fc.constantFrom(...oddParts, ...ids),
    text.map((value) => encodeURIComponent(value.toWellFormed())),
  );
  const plain = fc
    .oneof({ weight: 3, arbitrary: fc.constantFrom(...ids) }, part)
    .map((id) => pattern.replace(":id", () => id));
  const beside = part.map((more) => `${pattern.replace(":id", "1")}/${more}`);
  return fc
    .tuple(
      fc.oneof({ weight: 8, arbitrary: plain }, beside, fc.constantFrom(`${pattern}/`, `/${pattern}`)),
      query,
    )
    .map(([path, asked]) => path + asked);
}

const oddHeader = fc.oneof(
  fc.constantFrom("", ";", ",", "\t", "x".repeat(20_000), "null", "0", "-1", "1", "99999999999", "1, 2", '"'),
  fc.stringMatching(/^[ -~]{0,70}$/),
);
const mediaTypes = fc.oneof(
  { weight: 8, arbitrary: fc.constant("application/json") },
  fc.constantFrom(
    "application/json; charset=utf-16",
    "APPLICATION/JSON;;;",
    "application/json, text/html",
    "application/problem+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "",
    ";",
  ),
);

/** Headers that something on the way may look at. */
export const headersOf: fc.Arbitrary<Record<string, string>> = fc.record(
  {
    "Content-Type": mediaTypes,
    "Content-Length": oddHeader,
    "Content-Encoding": fc.constantFrom("gzip", "br", "identity", "x"),
    "Transfer-Encoding": fc.constantFrom("chunked", "gzip, chunked"),
    "X-Request-Id": oddHeader,
    "CF-Connecting-IP": oddHeader,
    "X-HTTP-Method-Override": fc.constantFrom("DELETE", "PATCH"),
    Accept: fc.constantFrom("text/html", "*/*;q=0", "application/xml"),
    Origin: fc.constantFrom("https://app.example", "null", "https://evil.example", "\t"),
    "Access-Control-Request-Method": fc.constantFrom("DELETE", "x"),
    "Access-Control-Request-Headers": oddHeader,
    "If-None-Match": oddHeader,
    Range: fc.constantFrom("bytes=0-0", "bytes=-1"),
    Expect: fc.constantFrom("100-continue", "x"),
    Cookie: oddHeader,
  },
  { requiredKeys: ["Content-Type"] },
);

const jwtPart = fc.constantFrom(
  "eyJhbGciOiJub25lIn0",
  "eyJhbGciOiJIUzI1NiJ9",
  "e30",
  "W10",
  "bnVsbA",
  "",
  "A",
  "_-",
  "e30=",
);
const badCredentials = fc.oneof(
  fc.constantFrom(
    "",
    "Bearer",
    "Bearer ",
    "bearer x",
    "Bearer a b",
    "Basic YTpi",
    "Digest x",
    `Bearer ${"x".repeat(2_049)}`,
    `Bearer ${"a.".repeat(30_000)}`,
    `Bearer${" ".repeat(30_000)}x`,
  ),
  fc.array(jwtPart, { maxLength: 5 }).map((parts) => `Bearer ${parts.join(".")}`),
  fc.stringMatching(/^[ -~]{0,70}$/),
);

/** Half of them good: behind the door there is more to break. */
export const credentials: fc.Arbitrary<Credential> = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 1_000 }).map((index) => ({ kind: "good", index }) as const) },
  { weight: 3, arbitrary: badCredentials.map((value) => ({ kind: "bad", text: value }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "none" } as const) },
);

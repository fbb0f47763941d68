// Which problems a route may answer with: those that its parts bring along, and those it names itself.
import { problemKinds } from "../worker/problem.ts";
import type { DeclaredRoute } from "../worker/route.ts";

const fromTarget = {
  json: ["JSON_MALFORMED", "BODY_TOO_LARGE", "MEDIA_TYPE_UNSUPPORTED", "FIELDS_INVALID"],
  query: ["FIELDS_INVALID"],
} as const;

const unauthenticated = ["TOKEN_MISSING", "TOKEN_INVALID"];
const fromAccess = {
  anyone: [],
  optional: ["TOKEN_INVALID"],
  user: unauthenticated,
  admin: [...unauthenticated, "ROLE_REQUIRED"],
} as const;

const reading = ["DATABASE_BUSY", "DATABASE_UNAVAILABLE", "DEADLINE_EXCEEDED"];
const fromDatabase = {
  none: [],
  read: reading,
  write: [...reading, "TRANSACTION_TIMEOUT", "COMMIT_UNKNOWN"],
} as const;

/** Codes of every route. An unexpected error has no code of its own, hence `INTERNAL`. */
const faults = [
  ...Object.keys(problemKinds).filter((code) => problemKinds[code]?.status === 500),
  "INTERNAL",
];

/** The codes that this route may answer with, sorted, by their status. */
export function problemCodes(route: DeclaredRoute): ReadonlyMap<number, readonly string[]> {
  const { access, json, query, problems = [], limited } = route.declaration;
  const codes = [
    ...problems,
    ...fromAccess[access],
    ...(json === undefined ? [] : fromTarget.json),
    ...(query === undefined ? [] : fromTarget.query),
    ...(limited === true ? ["RATE_LIMITED"] : []),
    ...fromDatabase[databaseUse(route)],
  ];
  const byStatus = Map.groupBy([...new Set(codes)].toSorted(), (code) => kindOf(code).status);
  return new Map<number, readonly string[]>([...byStatus, [500, faults.toSorted()]]);
}

function databaseUse({ method, declaration: { session } }: DeclaredRoute): keyof typeof fromDatabase {
  if (session === "none") return "none";
  return (session?.mode ?? (method === "GET" ? "read" : "write")) === "read" ? "read" : "write";
}

/** Status, type and title of a code. @throws {TypeError} if problem.ts does not know it. */
export function kindOf(code: string): (typeof problemKinds)[string] {
  // problem.ts makes `INTERNAL` of whatever has no code: the same kind as any other fault.
  const kind = problemKinds[code === "INTERNAL" ? "STATEMENT_FAILED" : code];
  if (kind === undefined) throw new TypeError(`${code} is not in the table of src/worker/problem.ts`);
  return kind;
}

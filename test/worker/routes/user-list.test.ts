// The list of accounts, its pages and its filters, over a database of its own.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeCursor } from "../../../src/database/page.ts";
import type { User } from "../../../src/users/user-repository.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { openAccount, query } from "./accounts.ts";
import { createService, faultyFields } from "./service.ts";
import type { Answer, Service } from "./service.ts";

let database: TestDatabase;
let service: Service;
let accessToken: string;

/** By their ids, from 2 on; 1 is the administrator who asks. Ids 2 to 21 are ordinary, some without a role. */
const named = [
  ...Array.from({ length: 20 }, (_, index) => ({
    email: `n${index + 2}@example.org`,
    role: index % 2 === 0 ? "user" : null,
  })),
  { email: "second-admin@example.org", role: "admin" },
  { email: "%percent@example.org", role: "user" },
  { email: "_under@example.org", role: "user" },
  { email: "über@example.org", role: "owner" },
  { email: "🔑key@example.org", role: "user" },
  { email: "p🔑@example.org", role: "user" },
];
const ids = Array.from({ length: named.length + 1 }, (_, index) => index + 1);
const idOf = (email: string): number => named.findIndex((account) => account.email === email) + 2;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  service = createService({ DATABASE_URL: database.url });
  ({ accessToken } = await openAccount(service, database, "admin@example.org", "admin"));
  for (const { email, role } of named) {
    const sql = "INSERT INTO users (email, password, role) VALUES (?, 'no hash', ?)";
    await query(database, { sql, args: [email, role] });
  }
});

afterAll(() => database.stop());

const list = (search: string): Promise<Answer> => service.as(accessToken, "GET", `/users${search}`);
const usersOf = ({ json }: Answer): User[] => json["users"] as User[];

async function readPages(search: string): Promise<{ sizes: number[]; ids: number[] }> {
  const pages = { sizes: [] as number[], ids: [] as number[] };
  for (let next: string | null = ""; next !== null;) {
    const answer = await list(`?${search}${next === "" ? "" : `&cursor=${next}`}`);
    expect(answer.status).toBe(200);
    pages.sizes.push(usersOf(answer).length);
    pages.ids.push(...usersOf(answer).map(({ id }) => id));
    next = answer.json["next"] as string | null;
  }
  return pages;
}

describe("GET /users", () => {
  it("gives 20 accounts in the order of their ids, in one round trip", async () => {
    const answer = await list("");
    const users = usersOf(answer);
    expect(users.map(({ id }) => id)).toEqual(ids.slice(0, 20));
    expect(users[0]).toEqual({ id: 1, email: "admin@example.org", role: "admin", disabled: false });
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
  });

  it.each([
    ["limit=10", [10, 10, 7]],
    ["limit=27", [27]],
    ["limit=26", [26, 1]],
    ["limit=100", [27]],
  ])("leads through all accounts once with %s", async (search, sizes) => {
    expect(await readPages(search)).toEqual({ sizes, ids });
  });

  it("goes on behind an id that is gone", async () => {
    const after = writeCursor(4);
    await query(database, "DELETE FROM users WHERE id = 4");
    const answer = await list(`?limit=2&cursor=${after}`);
    await query(database, "INSERT INTO users (id, email, password) VALUES (4, 'n4@example.org', 'no hash')");
    expect(usersOf(answer).map(({ id }) => id)).toEqual([5, 6]);
  });

  it("shows only accounts with the role that is asked for, over pages", async () => {
    const admins = [1, idOf("second-admin@example.org")];
    expect(await readPages("role=admin&limit=1")).toEqual({ sizes: [1, 1], ids: admins });
    // Whatever is not an administrator is an ordinary account, also by what is stored from before.
    const ordinary = ids.filter((id) => !admins.includes(id));
    expect(await readPages("role=user&limit=10")).toEqual({ sizes: [10, 10, 5], ids: ordinary });
  });

  it.each([
    ["n1", [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]],
    ["N1", [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]],
    [" n2@ ", [2]],
    ["n2@example.org", [2]],
    ["n2@example.orgx", []],
    ["example", []],
    ["%", [idOf("%percent@example.org")]],
    ["_", [idOf("_under@example.org")]],
    ["n_", []],
    ["n%", []],
    ["*", []],
    ["Ü", [idOf("über@example.org")]],
    ["🔑", [idOf("🔑key@example.org")]],
    // What follows may be any character, one beyond those of two bytes too.
    ["p", [idOf("p🔑@example.org")]],
    ["z", []],
    ["'", []],
    ["\\", []],
    ["\u{10ffff}", []],
  ])("shows only accounts whose email begins with %j", async (prefix, expected) => {
    const pages = await readPages(`emailPrefix=${encodeURIComponent(prefix)}&limit=4`);
    expect(pages.ids).toEqual(expected);
    expect(pages.sizes.length).toBe(Math.max(1, Math.ceil(expected.length / 4)));
  });

  it("takes both filters together, and a cursor with them", async () => {
    expect((await readPages("role=admin&emailPrefix=second")).ids).toEqual([
      idOf("second-admin@example.org"),
    ]);
    expect((await readPages("role=user&emailPrefix=second")).ids).toEqual([]);
    const answer = await list(`?role=user&emailPrefix=n1&cursor=${writeCursor(17)}`);
    expect(usersOf(answer).map(({ id }) => id)).toEqual([18, 19]);
    expect(answer.json["next"]).toBeNull();
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
  });

  it.each([
    ["limit=0", ["limit"]],
    ["limit=101", ["limit"]],
    ["limit=1&limit=2", ["limit"]],
    ["cursor=MQ", ["cursor"]],
    ["cursor=&role=", ["cursor", "role"]],
    ["role=owner", ["role"]],
    ["role=user&role=admin", ["role"]],
    ["emailPrefix=", ["emailPrefix"]],
    ["emailPrefix=%20%20", ["emailPrefix"]],
    [`emailPrefix=${"a".repeat(255)}`, ["emailPrefix"]],
    ["emailPrefix=a&emailPrefix=b", ["emailPrefix"]],
    ["limit=x&page=2", ["limit", "page"]],
  ])("answers 422 for ?%s", async (search, fields) => {
    const answer = await list(`?${search}`);
    expect(answer.status).toBe(422);
    expect(faultyFields(answer)).toEqual(fields);
    expect(answer.line).not.toContain("?");
  });
});

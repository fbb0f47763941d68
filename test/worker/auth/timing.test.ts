// That the time of a refused login does not tell whether there is such an account.
//
// The machine may be busy with anything: the kinds of login come in rounds of one each, in an order of chance, so that
// whatever slows the machine slows all kinds alike; medians leave single stalls out; and where a verdict is "different",
// more rounds are asked for before it counts. Noise goes away with more rounds, and a real difference stays.
import { describe, expect, it } from "vitest";
import { hashPassword } from "../../../src/auth/password.ts";
import { defaultPasswordCost, writePasswordCost } from "../../../src/auth/password-cost.ts";
import { createRandom } from "../../labs/bench/statistics.ts";
import { differenceOf, isSameTime, shuffle } from "../../support/difference.ts";
import { count, seed } from "../../support/tier.ts";
import { query } from "../routes/accounts.ts";
import { useStage } from "./stage.ts";

/** The real cost in the long run; a third of a third of it otherwise, which still is nearly all that a login costs. */
const cost =
  [{ ln: 14, r: 8, p: 1 }, defaultPasswordCost][count({ quick: 0, long: 1 })] ?? defaultPasswordCost;
const rounds = count({ quick: 12, long: 80 });
const mostRounds = 4 * rounds;

const stage = useStage();
const random = createRandom(seed());
const kinds = ["wrong", "unknown", "disabled", "unusable"] as const;
type Kind = (typeof kinds)[number];

/** An account of each kind for each round, so that no two attempts are for one address. */
async function openAccounts(): Promise<void> {
  const hash = await hashPassword("correct horse battery", cost, (length) => new Uint8Array(length));
  await query(stage.database, {
    sql: `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO users (email, password, disabled_at)
      SELECT kind || i || '@example.org', iif(kind = 'unusable', 'plain text', ?), iif(kind = 'disabled', 1, NULL)
      FROM n, (SELECT 'wrong' AS kind UNION SELECT 'disabled' UNION SELECT 'unusable')`,
    args: [mostRounds, hash],
  });
}

describe("POST /auth/login", () => {
  it("takes as long for an unknown address, a disabled account and an unusable hash as for a wrong password", async () => {
    await openAccounts();
    const service = stage.deploy({ PASSWORD_SCRYPT: writePasswordCost(cost) });
    const times: Record<Kind, number[]> = { wrong: [], unknown: [], disabled: [], unusable: [] };
    const measure = async (kind: Kind, round: number): Promise<void> => {
      const began = performance.now();
      const body = { email: `${kind}${round}@example.org`, password: "not the password" };
      const { status } = await service.send("POST", "/auth/login", body);
      times[kind].push(performance.now() - began);
      if (status !== 401) throw new Error(`${kind} answered ${status}`);
    };
    const others = kinds.filter((kind) => kind !== "wrong");
    const differences = () =>
      others.map((kind) => ({ kind, ...differenceOf(times.wrong, times[kind], { random }) }));

    for (const kind of kinds) await measure(kind, mostRounds);
    for (const kind of kinds) times[kind].length = 0;
    let round = 0;
    do {
      for (const end = round + rounds; round < end; round += 1) {
        for (const kind of shuffle(kinds, random)) await measure(kind, round);
      }
    } while (round < mostRounds && !differences().every(isSameTime));
    expect(differences().filter((difference) => !isSameTime(difference))).toEqual([]);
  });
});

// The traps: what is asked of both stacks, and how one sees that it went wrong. Nothing here is staged but the requests.
import { setTimeout as delay } from "node:timers/promises";

import { poll } from "../../support/poll.ts";
import type { Answer, Stage } from "./stage.ts";

/** What one stack did. */
export interface Outcome {
  /** What was done, and what came of it. */
  readonly seen: readonly (readonly [what: string, said: string])[];
  /** In a word or two, for the table at the end. */
  readonly summary: string;
  /** Whether it went wrong. */
  readonly caught: boolean;
}

/** A situation in which a database layer shows what it is worth. */
export interface Trap {
  readonly title: string;
  readonly story: string;
  /** What the table at the end says of it. */
  readonly question: string;
  spring(stage: Stage): Promise<Outcome>;
}

/** More than this is a stall, in seconds: without one a write takes a hundredth of it. */
const stallSeconds = 1;

const abandoned: Trap = {
  title: "A request is given up in the middle of its transaction",
  story:
    "POST /orders writes a row, asks a payment service that takes 20 s, and writes another; hono/timeout answers after\n" +
    "half a second. The runtime drops what a request leaves behind, a ROLLBACK that nobody sent included. Then somebody\n" +
    "else writes one row.",
  question: "how long the next writer waits",
  async spring(stage) {
    const order = await stage.post("/orders");
    const note = await stage.post("/notes");
    return {
      seen: [
        ["POST /orders", describe(order)],
        ["POST /notes, from somebody else", describe(note)],
      ],
      summary: `${note.seconds.toFixed(2)} s`,
      caught: note.status !== 201 || note.seconds > stallSeconds,
    };
  },
};

const halved: Trap = {
  title: "The server takes the lock away from a transaction that takes too long",
  story:
    "POST /transfers takes 100 from Ada, waits 6 s for a fraud check, notes that it was done (a failure of this is\n" +
    "ignored), and gives 100 to Grace. 1.5 s after it began somebody else writes a row, so that the server rolls the\n" +
    "transfer back when it is 5 s old. With a plain client the statements behind that run on their own, and stay.",
  question: "100 appear from nowhere",
  async spring(stage) {
    const transferred = stage.post("/transfers");
    await delay(1_500);
    const noted = stage.post("/notes");
    const [transfer, note] = await Promise.all([transferred, noted]);
    const rows = await stage.read("SELECT owner, balance FROM accounts ORDER BY id");
    const balances = rows.map((row) => ({ owner: String(row["owner"]), balance: Number(row["balance"]) }));
    const sum = balances.reduce((total, { balance }) => total + balance, 0);
    return {
      seen: [
        ["POST /transfers", describe(transfer)],
        ["POST /notes, from somebody else", describe(note)],
        [
          "Ada and Grace had 100 each, and now",
          balances.map(({ owner, balance }) => `${owner} ${balance}`).join(", "),
        ],
      ],
      summary: sum === 200 ? "no" : "yes",
      caught: sum !== 200,
    };
  },
};

const told: Trap = {
  title: "An address is taken",
  story:
    "POST /members stores an address and the hash of a password; the second one has an address that is there already.\n" +
    "Drizzle's error has the parameters of the statement in its message, and that is what is answered and logged.",
  question: "the hash of the password is told",
  async spring(stage) {
    await stage.post("/members");
    const again = await stage.post("/members");
    // The log comes by another way than the answer.
    const logged = await poll(
      () => stage.log().filter((line) => /pbkdf2|UNIQUE/.test(line)),
      (lines) => lines.length > 0,
    );
    const texts = [again.body, ...logged];
    const isTold = texts.some((text) => /pbkdf2\$[0-9a-f]{32}\$[0-9a-f]{64}/.test(text));
    return {
      seen: [
        ["POST /members, for the second time", `${describe(again)}\n${again.body}`],
        ["the log", logged.join("\n")],
      ],
      summary: isTold ? "yes" : "no",
      caught: isTold,
    };
  },
};

/** In the order in which they are shown. */
export const traps: readonly Trap[] = [abandoned, halved, told];

function describe({ status, seconds, body }: Answer): string {
  const answer = `${status} after ${seconds.toFixed(2)} s`;
  const code = /"code":"(\w+)"/.exec(body)?.[1] ?? /"error":"([^"\\]+)"/.exec(body)?.[1];
  return code === undefined || status < 400 || body.includes("params") ? answer : `${answer}, ${code}`;
}

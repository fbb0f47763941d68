// Asks a person on the terminal. A wrong answer is asked for again, an empty one takes the safe side.
import type { Questions } from "../commands/project/questions.ts";
import type { Terminal } from "./terminal.ts";

/** The questions of `revision`, asked on a terminal. */
export function createQuestions(terminal: Pick<Terminal, "ask" | "complain">): Questions {
  const choose = async (question: string, count: number): Promise<number> => {
    for (;;) {
      const answer = await terminal.ask(question);
      if (answer === "") return 0;
      const chosen = /^\d{1,4}$/.test(answer) ? Number(answer) : count + 1;
      if (chosen <= count) return chosen;
      terminal.complain(`"${answer}" is none of 0 to ${count}`);
    }
  };
  return {
    rename: async ({ table, created, candidates }) => {
      const what = table === undefined ? `table ${created}` : `column ${table}.${created}`;
      const choices = candidates.map((name, index) => `  ${index + 1}  renamed from ${name}`);
      const lines = [`Is the ${what} new, or renamed?`, "  0  new", ...choices, "[0] "];
      const chosen = await choose(lines.join("\n"), candidates.length);
      return candidates[chosen - 1];
    },
    archive: async (removed) => {
      const lines = ["This revision removes values:", ...removed.map((item) => `  ${item}`)];
      for (;;) {
        const answer = await terminal.ask(`${lines.join("\n")}\nKeep them in an archive? [Y/n] `);
        if (/^(y|yes)?$/i.test(answer)) return true;
        if (/^(n|no)$/i.test(answer)) return false;
        terminal.complain(`"${answer}" is neither y nor n`);
      }
    },
  };
}

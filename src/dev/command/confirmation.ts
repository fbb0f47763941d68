// A yes before something is thrown away: from a terminal, or `--yes` where there is none.
import { createInterface } from "node:readline/promises";
import { DevError } from "./dev-error.ts";

/**
 * Returns where the answer is `yes`.
 *
 * @throws {DevError} `RESET_REFUSED` for any other answer, and where nobody can be asked.
 */
export async function confirm(
  question: string,
  { stdin, stderr }: Pick<NodeJS.Process, "stdin" | "stderr">,
): Promise<void> {
  if (!stdin.isTTY) {
    throw new DevError("RESET_REFUSED", `${question} Nobody can be asked here: add --yes to say so`);
  }
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await lines.question(`${question} Type yes: `);
    if (answer.trim() === "yes") return;
    throw new DevError("RESET_REFUSED", "Nothing was changed");
  } finally {
    lines.close();
  }
}

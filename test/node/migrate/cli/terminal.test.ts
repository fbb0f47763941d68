import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createQuestions } from "../../../../src/migrate/cli/terminal-questions.ts";
import { createTerminal } from "../../../../src/migrate/cli/terminal.ts";

/** A stream that is, or is not, a terminal, and what was written to it. */
function stream(isTTY: boolean): {
  readonly stream: NodeJS.ReadStream & NodeJS.WriteStream;
  readonly text: () => string;
} {
  const through = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  let text = "";
  through.on("data", (part: Buffer) => (text += part.toString()));
  // The parts of a terminal that are used are all there.
  return { stream: through as unknown as NodeJS.ReadStream & NodeJS.WriteStream, text: () => text };
}

function terminalOf({
  isTTY,
  variables = {},
  quiet = false,
}: {
  isTTY: boolean;
  variables?: Record<string, string>;
  quiet?: boolean;
}) {
  const [stdin, stdout, stderr] = [stream(isTTY), stream(isTTY), stream(isTTY)];
  const around = { stdin: stdin.stream, stdout: stdout.stream, stderr: stderr.stream, variables };
  return { terminal: createTerminal(around, { quiet }), stdin, stdout, stderr };
}

describe("createTerminal", () => {
  it("asks on a terminal only, and never in CI or for a program", () => {
    expect(terminalOf({ isTTY: true }).terminal.canAsk).toBe(true);
    expect(terminalOf({ isTTY: false }).terminal.canAsk).toBe(false);
    expect(terminalOf({ isTTY: true, variables: { CI: "true" } }).terminal.canAsk).toBe(false);
    expect(terminalOf({ isTTY: true, quiet: true }).terminal.canAsk).toBe(false);
  });

  it("wipes a step away on a terminal, and keeps one line a step elsewhere", () => {
    const seen = terminalOf({ isTTY: true });
    seen.terminal.step("one");
    seen.terminal.print("result");
    expect(seen.stderr.text()).toBe("one\r\u001b[2K");
    expect(seen.stdout.text()).toBe("result\n");
    const unseen = terminalOf({ isTTY: false });
    unseen.terminal.step("one");
    unseen.terminal.step("two");
    expect(unseen.stderr.text()).toBe("one\ntwo\n");
  });

  it("paints only what is looked at", () => {
    expect(terminalOf({ isTTY: true }).terminal.paint.red("x")).not.toBe("x");
    expect(terminalOf({ isTTY: false }).terminal.paint.red("x")).toBe("x");
    expect(terminalOf({ isTTY: true, variables: { NO_COLOR: "1" } }).terminal.paint.red("x")).toBe("x");
  });

  it("reads an answer", async () => {
    const { terminal, stdin } = terminalOf({ isTTY: true });
    const answer = terminal.ask("really? ");
    stdin.stream.push("yes\n");
    expect(await answer).toBe("yes");
  });
});

describe("createQuestions", () => {
  const answering = (...answers: readonly string[]) => {
    const rest = [...answers];
    const complaints: string[] = [];
    const questions = createQuestions({
      ask: () => Promise.resolve(rest.shift() ?? ""),
      complain: (text) => complaints.push(text),
    });
    return { questions, complaints };
  };
  const question = { table: "users", created: "c", candidates: ["a", "b"] };

  it("takes the number of a candidate", async () => {
    expect(await answering("2").questions.rename(question)).toBe("b");
    expect(await answering("0").questions.rename(question)).toBeUndefined();
    expect(await answering("").questions.rename(question)).toBeUndefined();
  });

  it("asks again after an answer that means nothing", async () => {
    const { questions, complaints } = answering("3", "yes", "1");
    expect(await questions.rename(question)).toBe("a");
    expect(complaints).toHaveLength(2);
  });

  it("archives unless the answer is no", async () => {
    expect(await answering("").questions.archive(["users.a"])).toBe(true);
    expect(await answering("maybe", "n").questions.archive(["users.a"])).toBe(false);
  });
});

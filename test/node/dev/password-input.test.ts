// Where the password of a new account is read from; user-create.test.ts asks on a real terminal.
import { PassThrough, Readable, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { type PasswordStreams, readPassword } from "../../../src/dev/accounts/password-input.ts";

/** A stream with what somebody types, and what is shown to them. */
function terminal(keys: string): { readonly streams: PasswordStreams; shown: () => string; raw: boolean[] } {
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
  let shown = "";
  const stderr = new Writable({
    write: (part: Buffer, _encoding, done) => {
      shown += part.toString();
      done();
    },
  });
  stdin.write(keys);
  return { streams: { stdin, stderr }, shown: () => shown, raw };
}

function piped(...parts: readonly (string | Uint8Array)[]): PasswordStreams {
  return { stdin: Readable.from(parts.map((part) => Buffer.from(part))), stderr: new PassThrough() };
}

describe("readPassword from a pipe", () => {
  it.each([
    ["a line", ["open sesame\n"], "open sesame"],
    ["a line of another system", ["open sesame\r\n"], "open sesame"],
    ["a text without an end of line", ["open", " sesame"], "open sesame"],
    ["spaces, which belong to it", ["  open sesame  \n"], "  open sesame  "],
    ["the longest one", [`${"\u{1f511}".repeat(128)}\n`], "\u{1f511}".repeat(128)],
    [
      "a character cut in two",
      [Buffer.from("gehört-uns").subarray(0, 4), Buffer.from("gehört-uns").subarray(4)],
      "gehört-uns",
    ],
  ])("takes %s", async (_name, parts, password) => {
    expect(await readPassword(piped(...parts))).toBe(password);
  });

  it.each([
    ["nothing", [], "stdin is empty"],
    ["two lines", ["open sesame\nopen sesame\n"], "one line"],
    ["more than a password can be", ["x".repeat(2_000)], "one line"],
    ["bytes that are no text", [new Uint8Array([0xff, 0xfe, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41])], "UTF-8"],
    ["seven characters", ["opensez\n"], "8 to 128 characters"],
    ["129 characters", [`${"x".repeat(129)}\n`], "8 to 128 characters"],
    ["a common one", ["PassWord1\n"], "most common"],
  ])("refuses %s", async (_name, parts, message) => {
    const refused = { code: "PASSWORD_REFUSED", message: expect.stringContaining(message) };
    await expect(readPassword(piped(...parts))).rejects.toMatchObject(refused);
  });

  it("does not wait for the end of what never ends", async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.from("yes\n");
      })(),
    );
    const streams = { stdin: endless, stderr: new PassThrough() };
    await expect(readPassword(streams)).rejects.toMatchObject({ code: "PASSWORD_REFUSED" });
  });
});

describe("readPassword on a terminal", () => {
  it("asks twice, takes keys one by one, and shows nothing of them", async () => {
    const { streams, shown, raw } = terminal("opem\u007fn sesame\ropen sesame\r");
    expect(await readPassword(streams)).toBe("open sesame");
    expect(shown()).toBe("Password: \nThe same again: \n");
    expect(raw).toEqual([true, false]);
  });

  it("refuses two that differ", async () => {
    const { streams, raw } = terminal("open sesame\ropen sesamo\r");
    const refused = { code: "PASSWORD_REFUSED", message: expect.stringContaining("not the same") };
    await expect(readPassword(streams)).rejects.toMatchObject(refused);
    expect(raw).toEqual([true, false]);
  });

  it.each([
    ["Ctrl-C", "open\u0003"],
    ["Ctrl-D", "\u0004"],
    ["Ctrl-C at the second question", "open sesame\r\u0003"],
  ])("stops on %s, and gives the terminal back", async (_name, keys) => {
    const { streams, raw } = terminal(keys);
    await expect(readPassword(streams)).rejects.toMatchObject({ code: "STOPPED" });
    expect(raw).toEqual([true, false]);
  });
});

// The file of a backup: SQL that any SQLite reads, with a last line that says what the whole of it has to be.
// It is written beside its place and moved there when it is whole; only its owner may read it.
import { createHash, type Hash } from "node:crypto";
import { createReadStream, rmSync } from "node:fs";
import { link, open } from "node:fs/promises";
import { DevError } from "../command/dev-error.ts";
import type { BackupStatement } from "./database-contents.ts";

/** What a backup holds, as its last line says. */
export interface BackupFacts {
  /** Of every byte before the last line. */
  readonly sha256: string;
  readonly statements: number;
  readonly rows: number;
}

const firstLine = "-- eaves:backup 1\n";
const beginning = "PRAGMA foreign_keys=OFF;\nBEGIN;\n";
const ending = "COMMIT;\n";
const lastLine = /^-- eaves:whole (\{.*\})$/;
const severalLines = /^-- eaves:lines (\d+)$/;

/**
 * Writes a file of mode 0600 that was not there before.
 *
 * @throws {DevError} `FILE_EXISTS`.
 */
export async function writeBackup(
  file: string,
  contents: AsyncIterable<BackupStatement>,
): Promise<BackupFacts> {
  const draft = `${file}.${process.pid}.partial`;
  // A signal ends the process without coming by here again.
  const remove = (): void => rmSync(draft, { force: true });
  process.on("exit", remove);
  try {
    const facts = await writeDraft(draft, contents);
    // A link is refused if the name is taken, even at the last moment.
    await link(draft, file).catch((cause: unknown) => {
      throw cause instanceof Error && "code" in cause && cause.code === "EEXIST"
        ? fileExists(file, cause)
        : cause;
    });
    return facts;
  } finally {
    remove();
    process.off("exit", remove);
  }
}

async function writeDraft(draft: string, contents: AsyncIterable<BackupStatement>): Promise<BackupFacts> {
  const handle = await open(draft, "wx", 0o600);
  try {
    const facts = await describeContents(contents, async (text) => await handle.appendFile(text));
    await handle.appendFile(`-- eaves:whole ${JSON.stringify(facts)}\n`);
    await handle.sync();
    return facts;
  } finally {
    await handle.close();
  }
}

/** The refusal to overwrite. */
export function fileExists(file: string, cause?: unknown): DevError {
  return new DevError("FILE_EXISTS", `${file} exists and was left as it is: name another file`, { cause });
}

/** What the file of these contents would say on its last line; `write` gets its text piece by piece. */
export async function describeContents(
  contents: AsyncIterable<BackupStatement>,
  write: (text: string) => Promise<void> = () => Promise.resolve(),
): Promise<BackupFacts> {
  const hash = createHash("sha256");
  const put = async (text: string): Promise<void> => {
    hash.update(text);
    await write(text);
  };
  let [statements, rows] = [0, 0];
  await put(firstLine + beginning);
  for await (const statement of contents) {
    await put(formatStatement(statement.sql));
    statements += 1;
    rows += statement.rows;
  }
  await put(ending);
  return { sha256: hash.digest("hex"), statements, rows };
}

/** One line a statement; one with line breaks of its own is announced, so that it need not be understood to be read. */
function formatStatement(sql: string): string {
  // Behind a comment a semicolon would be part of it.
  const text = /--[^\n]*$/.test(sql) ? `${sql}\n;\n` : `${sql};\n`;
  const lines = text.split("\n").length - 1;
  return lines === 1 ? text : `-- eaves:lines ${lines}\n${text}`;
}

/**
 * Reads a file to its end without keeping it.
 *
 * @throws {DevError} `BACKUP_UNUSABLE` if it is no backup, not whole, or not as it was written.
 */
export async function verifyBackup(file: string): Promise<BackupFacts> {
  const hash = createHash("sha256");
  let found: string | undefined;
  for await (const line of readLines(file, hash)) found = line;
  const [, said] = lastLine.exec(found ?? "") ?? [];
  if (said === undefined) {
    throw unusable(`${file} ends before its last line: it was cut off`, "Take a whole copy");
  }
  const facts = parseFacts(said);
  if (facts?.sha256 === hash.digest("hex")) return facts;
  throw unusable(`${file} is not as it was written: its sha256 is another one`, "Take an unchanged copy");
}

/** The statements of a file that {@link verifyBackup} has passed. */
export async function* readBackup(file: string): AsyncGenerator<string> {
  let wanted = 1;
  let lines: string[] = [];
  const outside = new Set(
    [firstLine, ...beginning.split(/(?<=\n)/), ending].map((line) => line.slice(0, -1)),
  );
  for await (const line of readLines(file, createHash("sha256"))) {
    if (lines.length === 0 && wanted === 1) {
      const [, count] = severalLines.exec(line) ?? [];
      if (count !== undefined) wanted = Number(count);
      if (count !== undefined || outside.has(line) || lastLine.test(line)) continue;
    }
    lines.push(line);
    if (lines.length < wanted) continue;
    yield lines.join("\n").replace(/;$/, "");
    [lines, wanted] = [[], 1];
  }
}

/** Lines end at a line feed and nothing else; each is hashed as soon as it is not the last one. */
async function* readLines(file: string, hash: Hash): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  let isFirst = true;
  let before: Buffer | undefined;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = rest.subarray(0, end + 1);
      rest = rest.subarray(end + 1);
      if (isFirst && line.toString() !== firstLine) throw foreign(file, line.toString());
      isFirst = false;
      if (before !== undefined) hash.update(before);
      before = line;
      yield line.subarray(0, -1).toString();
    }
  }
  if (isFirst) throw foreign(file, rest.toString());
  // Bytes behind the last line feed make the hash another one.
  if (rest.length > 0) hash.update(rest);
}

function foreign(file: string, found: string): DevError {
  const kind = found.startsWith("SQLite format 3")
    ? "is a database, which DATABASE_URL=file:… opens as it is"
    : "does not begin as the files of `npm run db:backup` do";
  return unusable(`${file} ${kind}`, "Name a file that `npm run db:backup` has written");
}

function unusable(found: string, next: string): DevError {
  return new DevError("BACKUP_UNUSABLE", `${found}. Nothing was restored. ${next}`);
}

function parseFacts(text: string): BackupFacts | undefined {
  try {
    const { sha256, statements, rows } = JSON.parse(text) as BackupFacts;
    return { sha256, statements, rows };
  } catch {
    return undefined;
  }
}

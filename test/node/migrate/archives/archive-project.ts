// A project whose revisions are written as `revision --archive` writes them, from schemas in SQL, without drizzle-kit.
// What a row's value should be is said by the tests themselves: every value names its owner.
import { copyFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Client, createClient } from "@libsql/client";

import { proposeRevision } from "../../../../src/migrate/proof/proposal.ts";
import { clearScratch } from "../../../../src/migrate/proof/scratch.ts";
import { replayRevisions } from "../../../../src/migrate/proof/replay.ts";
import { noticeHazards } from "../../../../src/migrate/commands/revision/hazard-notices.ts";
import type { Ground } from "../../../../src/migrate/commands/project/scratch-ground.ts";
import { renderDown, renderUp } from "../../../../src/migrate/commands/revision/revision-texts.ts";
import { downgrade, upgrade } from "../../../../src/migrate/index.ts";
import { isArchiveOver, isArchiveTrigger } from "../../../../src/migrate/planning/archive-upkeep.ts";
import { type Capture, findTable } from "../../../../src/migrate/schema/capture.ts";
import { noRenames, type Renames } from "../../../../src/migrate/schema/change.ts";
import { emptyModel } from "../../../../src/migrate/schema/model.ts";
import { renameObjectSql } from "../../../../src/migrate/schema/object-text.ts";
import { newTableName } from "../../../../src/migrate/schema/renames.ts";
import { breakpoint } from "../../../../src/migrate/history/script-text.ts";
import { readScriptDirectory } from "../../../../src/migrate/folder/script-directory.ts";
import { createProject, type HandWritten, type TestProject, writeHistory } from "../commands/project.ts";

/** A revision, by the schema that it leads to. */
export interface Change {
  readonly after: readonly string[];
  readonly renames?: Renames;
  /** drizzle-kit's statements, where they are to be tried first. */
  readonly generated?: readonly string[];
}

/** One row of an answer. */
export type Values = readonly unknown[];

/** The texts of revisions that were proven already, by all that they are made from. */
const written = new Map<string, HandWritten>();

/** A project over a database of its own, and a scratch database that it shares with others. */
export class ArchiveProject implements AsyncDisposable {
  readonly project: TestProject;
  readonly #ground: Ground;
  readonly #revisions: HandWritten[];
  readonly #key: string[];
  #client: Client;
  #applied = 1;

  private constructor(project: TestProject, ground: Ground, before: readonly string[]) {
    this.project = project;
    this.#ground = ground;
    this.#client = project.client;
    this.#revisions = [{ tag: "0000_start", up: joinStatements(before) }];
    this.#key = [...before];
  }

  /** Makes a project, applies its first revision, and fills it. */
  static async open(
    ground: Ground,
    url: string | undefined,
    { before, rows }: { readonly before: readonly string[]; readonly rows: readonly string[] },
  ): Promise<ArchiveProject> {
    const opened = new ArchiveProject(await createProject(url), ground, before);
    await writeHistory(opened.project, opened.#revisions);
    await upgrade(opened.project.context);
    await opened.write(rows);
    return opened;
  }

  /** Whether its database is a file, which can be copied and vacuumed. */
  get isFile(): boolean {
    return this.project.databaseUrl.startsWith("file:");
  }

  /** Writes a revision with its archive and applies it. */
  async revise(change: Change): Promise<void> {
    const tag = `000${this.#revisions.length}_change`;
    this.#key.push(tag, JSON.stringify(change));
    const key = this.#key.join("\n");
    const known = written.get(key) ?? (await this.#propose(tag, change));
    written.set(key, known);
    await this.#add(known);
  }

  /** Writes a revision by hand and applies it. */
  async reviseByHand(up: readonly string[], down: readonly string[]): Promise<void> {
    const tag = `000${this.#revisions.length}_by_hand`;
    this.#key.push(tag, ...up);
    const allowed = "-- eaves:allow DELETES_ROWS a test\n";
    await this.#add({ tag, up: allowed + joinStatements(up), down: joinStatements(down) });
  }

  async #add(revision: HandWritten): Promise<void> {
    this.#revisions.push(revision);
    this.#applied = this.#revisions.length;
    await writeHistory(this.project, this.#revisions);
    await upgrade(this.project.context);
  }

  async #propose(tag: string, { after, renames = noRenames, generated }: Change): Promise<HandWritten> {
    const { port } = this.#ground;
    const { history } = await readScriptDirectory(this.project.context.folder);
    await clearScratch(port);
    const before = await replayRevisions(this.#ground, history.revisions);
    await clearScratch(port);
    await port.migrate(after);
    const wanted = carryOver(before, await port.capture(), renames);
    const proposal = await proposeRevision(this.#ground, {
      history: history.revisions,
      tag,
      generated,
      previous: emptyModel,
      next: emptyModel,
      renames,
      wanted,
      archive: () => Promise.resolve(true),
      clock: () => 0,
    });
    if (proposal.proof.downgrade !== "proven") throw new Error(`${tag}: ${proposal.proof.reason ?? ""}`);
    const entry = { idx: 0, version: "6", when: 0, tag, breakpoints: true };
    const files = { entry, sql: "", snapshot: "", snapshotName: "", layout: "journal" } as const;
    const config = {
      out: "drizzle",
      schema: [],
      dialect: "turso",
      casing: undefined,
      breakpoints: true,
      prefix: "index",
      tablesFilter: [],
    } as const;
    const draft = { files, config, generated, previous: emptyModel, next: emptyModel, renames };
    return {
      tag,
      up: `-- eaves:allow CHANGES_TYPE a test\n${renderUp(draft, proposal, noticeHazards(proposal, renames))}`,
      down: renderDown(proposal),
    };
  }

  /** Writes as an application does. */
  async write(statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.#client.execute(sql);
  }

  /** Writes in one transaction with foreign keys off, as the sqlite3 shell and revisions do. */
  async writeWithoutKeys(statements: readonly string[]): Promise<void> {
    await this.#client.migrate([...statements]);
  }

  /** The rows of a query. */
  async rows(sql: string): Promise<Values[]> {
    const { rows } = await this.#client.execute(sql);
    return rows.map((row) => Object.values(row));
  }

  get client(): Client {
    return this.#client;
  }

  /** Takes revisions back by the tool. */
  async takeBack(target: string): Promise<void> {
    await downgrade(this.project.context, { target, acceptNewerData: true });
    this.#applied = this.#revisions.findIndex(({ tag }) => tag.startsWith(target)) + 1;
  }

  /** The statements of the downgrade scripts, newest first, down to a revision that stays. */
  downgradeScripts(): string[][] {
    return this.#revisions
      .slice(1, this.#applied)
      .toReversed()
      .map(({ down = "" }) => down.split(breakpoint).map((sql) => sql.trim()));
  }

  /** A copy of a file that another program works on. */
  async copy(): Promise<{ readonly client: Client; readonly remove: () => Promise<void> }> {
    const file = join(this.project.folder, "copy.db");
    await copyFile(this.#file(), file);
    const client = createClient({ url: `file:${file}` });
    const remove = async (): Promise<void> => {
      client.close();
      await rm(file, { force: true });
    };
    return { client, remove };
  }

  /** Puts the database into another file row by row, as a dump does: without the rowids of rows that have no key. */
  async dumpAndRestore(): Promise<void> {
    const file = this.#file();
    const target = createClient({ url: `file:${file}.restored` });
    const { rows } = await this.#client.execute(
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type = 'trigger', rowid",
    );
    const statements: string[] = [];
    for (const { type, name, sql } of rows) {
      statements.push(String(sql));
      if (type !== "table") continue;
      const columns = await this.rows(`SELECT name FROM pragma_table_info('${String(name)}')`);
      const quoted = columns.map(([column]) => `quote("${String(column)}")`).join(" || ', ' || ");
      for (const [values] of await this.rows(`SELECT ${quoted} FROM "${String(name)}"`))
        statements.push(`INSERT INTO "${String(name)}" VALUES (${String(values)})`);
    }
    await target.migrate(statements);
    target.close();
    await rename(`${file}.restored`, file);
    this.#client.close();
    this.#client = createClient({ url: this.project.databaseUrl });
  }

  #file(): string {
    return fileURLToPath(this.project.databaseUrl.replace(/^file:\/*/, "file:///"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.project[Symbol.asyncDispose]();
  }
}

function joinStatements(statements: readonly string[]): string {
  return `${statements.join(`;\n${breakpoint}\n`)};\n`;
}

/** What `revision` does for a schema from code: triggers of older archives go on, where the keys stay. */
function carryOver(before: Capture, after: Capture, renames: Renames): Capture {
  const carried = before.objects.filter(isArchiveTrigger).flatMap((trigger) => {
    const table = newTableName(renames, trigger.table);
    const [old, target] = [findTable(before, trigger.table), findTable(after, table)];
    if (old === undefined || target === undefined || isArchiveOver(trigger, old, target, renames)) return [];
    return [{ ...trigger, table, sql: renameObjectSql(trigger.sql, trigger.table, renames) }];
  });
  return { ...after, objects: [...after.objects, ...carried] };
}

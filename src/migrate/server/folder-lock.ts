// A lock that one process at a time holds over a folder.
// The operating system holds it (through SQLite's file lock) and drops it when the process ends in any way,
// so it cannot become stale and two starters cannot both win.
import { DatabaseSync } from "node:sqlite";

/** A lock that is held; released at the latest when the process ends. */
export interface FolderLock {
  release(): void;
}

const sqliteBusy = 5;

/** Takes the lock in `file` at once, or returns undefined if another holder has it; never waits. */
export function takeLock(file: string): FolderLock | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy) return undefined;
    throw error;
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}

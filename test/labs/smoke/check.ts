// What a smoke test consists of, and the runner: checks in groups, one after another, each bounded in time.
import { setTimeout as delay } from "node:timers/promises";

/** One thing that is tried. Passes by returning what was seen, in few words, and fails by throwing. */
export interface Check {
  readonly name: string;
  run(): Promise<string>;
}

/** Checks of one subject. */
export interface CheckGroup {
  readonly title: string;
  readonly checks: readonly Check[];
  /** Each check goes on where the one before it ended, so that none is tried behind one that failed. */
  readonly isChain: boolean;
}

/** What came of a check. */
export interface CheckResult {
  readonly group: string;
  readonly name: string;
  readonly outcome: "pass" | "FAIL" | "not checked";
  readonly detail: string;
}

/** Thrown by a check that cannot be tried here; the message says why. */
export class NotChecked extends Error {
  override readonly name = "NotChecked";
}

/** Another outcome than the check wants; the message says what was expected and what was found. */
export class Unexpected extends Error {
  override readonly name = "Unexpected";
}

/** What a run needs from outside. */
export interface RunOptions {
  /** Aborted when the run is to end: what runs gets a little time, and what follows is not tried. */
  readonly stopped: AbortSignal;
  readonly onResult: (result: CheckResult) => void;
  /** Bounds one check, in milliseconds. Default 60 s. */
  readonly limitMs?: number;
  /** What the running check gets after a stop, in milliseconds. Default 5 s. */
  readonly graceMs?: number;
}

/** Runs all checks; throws nothing of theirs. */
export async function runChecks(
  groups: readonly CheckGroup[],
  options: RunOptions,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { title: group, checks, isChain } of groups) {
    let broken: string | undefined;
    for (const { name, run } of checks) {
      const reason = options.stopped.aborted ? "stopped" : broken;
      const outcome =
        reason === undefined
          ? await runOne(run, options)
          : ({ outcome: "not checked", detail: reason } as const);
      if (isChain && outcome.outcome === "FAIL") broken = `"${name}" failed`;
      const result = { group, name, ...outcome };
      options.onResult(result);
      results.push(result);
    }
  }
  return results;
}

async function runOne(
  run: () => Promise<string>,
  { stopped, limitMs = 60_000, graceMs = 5_000 }: RunOptions,
): Promise<Pick<CheckResult, "outcome" | "detail">> {
  const over = new AbortController();
  const wait = async (ms: number, words: string): Promise<never> => {
    await delay(ms, undefined, { signal: over.signal });
    throw new Unexpected(words);
  };
  const stop = new Promise<void>((resolve) => {
    if (stopped.aborted) resolve();
    stopped.addEventListener("abort", () => resolve(), { once: true, signal: over.signal });
  });
  try {
    const detail = await Promise.race([
      run(),
      wait(limitMs, `expected an end within ${limitMs / 1000} s, and found none`),
      stop.then(() => wait(graceMs, "stopped before it had ended")),
    ]);
    return { outcome: "pass", detail };
  } catch (error) {
    return { outcome: error instanceof NotChecked ? "not checked" : "FAIL", detail: describeError(error) };
  } finally {
    over.abort();
  }
}

/** An error and what is behind it, on one line; our own messages hold neither SQL nor parameters. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? `${error.code}: ` : "";
  const cause = error instanceof Unexpected || error.cause === undefined ? "" : ` (${reasonOf(error.cause)})`;
  return `${code}${error.message}${cause}`.replaceAll(/\s+/g, " ");
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message || cause.name;
}

/** @throws {Unexpected} where the two differ. */
export function expectSame(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Unexpected(`${what}: expected ${other}, found ${one}`);
}

/** Waits for a failure with this code. @throws {Unexpected} where it succeeds, or fails otherwise. */
export async function expectFailure(work: Promise<unknown>, code: string): Promise<Error> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  if (failure === undefined) throw new Unexpected(`expected ${code}, and it succeeded`);
  if ("code" in failure && failure.code === code) return failure;
  throw new Unexpected(`expected ${code}, found ${describeError(failure)}`, { cause: failure });
}

/** Runs work; gives what came of it, and how many milliseconds it took. */
export async function timed<Result>(work: () => Promise<Result>): Promise<readonly [Result, number]> {
  const began = performance.now();
  const result = await work();
  return [result, Math.round(performance.now() - began)];
}

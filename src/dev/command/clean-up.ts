// What has to be undone when a piece of work ends. `await using` would say it in the language, but Node 22 cannot read it.

/** Keeps what is to be done when the work has ended, however it ends. */
export type Defer = (undo: () => unknown) => void;

/**
 * Does `work`, and then whatever it deferred, the newest first.
 *
 * @throws what `work` throws; else the first error of what was deferred, all of which is done in any case.
 */
export async function withCleanUp<Result>(work: (defer: Defer) => Promise<Result>): Promise<Result> {
  const deferred: (() => unknown)[] = [];
  const undo = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (const each of deferred.splice(0).toReversed()) {
      try {
        await each();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };
  let result: Result;
  try {
    result = await work((each) => void deferred.push(each));
  } catch (error) {
    await undo().catch(() => undefined);
    throw error;
  }
  await undo();
  return result;
}

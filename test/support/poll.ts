// Waiting for a condition without sleeping for a guessed time.

/**
 * Asks again until the answer passes, and returns it.
 * @throws when it does not within `withinMs`, showing the last answer.
 */
export async function poll<T, Passing extends T>(
  ask: () => T | Promise<T>,
  passes: (answer: T) => answer is Passing,
  withinMs?: number,
): Promise<Passing>;
export async function poll<T>(
  ask: () => T | Promise<T>,
  passes: (answer: T) => boolean,
  withinMs?: number,
): Promise<T>;
export async function poll<T>(
  ask: () => T | Promise<T>,
  passes: (answer: T) => boolean,
  withinMs = 5_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (passes(answer)) return answer;
    if (Date.now() > end) {
      throw new Error(`Not within ${withinMs} ms; the last answer was ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

// Notices that a command is to end: a signal, or the death of the process that started it.

/** Why a command ends: a signal, or `parent` if the process that started us is gone. */
export type StopReason = NodeJS.Signals | "parent";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies readonly NodeJS.Signals[];

/**
 * Resolves with the first reason to end. From the call on these signals end nothing by themselves:
 * the caller cleans up. npm passes SIGTERM and SIGINT on but not SIGHUP, and nothing when it is killed.
 */
export function waitForStop(): Promise<StopReason> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    for (const signal of signals) process.on(signal, () => resolve(signal));
    setInterval(() => {
      if (process.ppid !== parent) resolve("parent");
    }, 250).unref();
  });
}

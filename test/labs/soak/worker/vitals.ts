// What the Worker tells of its own health. Types only: the soak in Node uses them too.

/** Counters of one isolate, which have to be 0 after a run. */
export interface Vitals {
  /** Sessions that were open 2 s after their response. Source: session rule S24. */
  readonly leakedSessions: number;
  readonly unhandledRejections: number;
}

// Every list of mutants by the name that `--list` takes. A new list is added here and nowhere else.
import { errorMutants } from "./errors.ts";
import { middlewareMutants } from "./middleware.ts";
import type { Mutant } from "./runner.ts";
import { sessionMutants } from "./session.ts";
import { transactionMutants } from "./transaction.ts";

/** The lists. */
export const lists: Readonly<Record<string, readonly Mutant[]>> = {
  session: sessionMutants,
  transaction: transactionMutants,
  errors: errorMutants,
  middleware: middlewareMutants,
};

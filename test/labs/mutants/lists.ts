// Every list of mutants by the name that `--list` takes. A new list is added here and nowhere else.
import { authMutants } from "./auth.ts";
import { clientMutants } from "./client.ts";
import { errorMutants } from "./errors.ts";
import { middlewareMutants } from "./middleware.ts";
import { planHazardMutants } from "./plan-hazards.ts";
import { planHistoryMutants } from "./plan-history.ts";
import { planScriptMutants } from "./plan-scripts.ts";
import { planSchemaMutants } from "./plan-schemas.ts";
import { planTableMutants } from "./plan-tables.ts";
import { planWantedMutants } from "./plan-wanted.ts";
import type { Mutant } from "./runner.ts";
import { sessionMutants } from "./session.ts";
import { transactionMutants } from "./transaction.ts";

/** The lists. */
export const lists: Readonly<Record<string, readonly Mutant[]>> = {
  session: sessionMutants,
  client: clientMutants,
  transaction: transactionMutants,
  errors: errorMutants,
  auth: authMutants,
  middleware: middlewareMutants,
  "plan-hazards": planHazardMutants,
  "plan-history": planHistoryMutants,
  "plan-scripts": planScriptMutants,
  "plan-tables": planTableMutants,
  "plan-schemas": planSchemaMutants,
  "plan-wanted": planWantedMutants,
};

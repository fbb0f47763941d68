// What the document says of one route beyond what the route itself tells: its words, its answer, its own problems.
import type { GenericSchema } from "valibot";

/** The chapters of the document, in their order. */
export const tags = {
  Account: "What users do with their own account.",
  Login: "Tokens for an account, and their end.",
  Administration: "What administrators do with all accounts.",
  Service: "Whether the service runs. For monitors, not for people.",
} as const;

/** What a route answers when it did what it was asked. */
export interface Success {
  readonly status: 200 | 201 | 204;
  readonly description: string;
  /** None for an answer without a body. */
  readonly body?: GenericSchema;
  /** Whether `Location` says where the new thing is. */
  readonly located?: boolean;
}

/** One route in words. What the route says itself (fields, role, address) is not repeated here. */
export interface Operation {
  /** The name of the function in generated clients. */
  readonly id: string;
  readonly tag: keyof typeof tags;
  readonly summary: string;
  readonly description?: string;
  /** The request's body: its name among the document's schemas, and what the fields' own schema does not say. */
  readonly request?: { readonly ref: string; readonly minProperties?: number };
  readonly success: Success;
  /** Codes of its own: those that come with fields, a role, a fence or the database are found by problem-codes.ts. */
  readonly problems?: readonly string[];
  /** What it asks the database for; decides which failures of the database it may pass on. */
  readonly database: "none" | "read" | "write";
}

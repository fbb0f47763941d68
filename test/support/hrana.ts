// Reads the requests of the libSQL protocol (Hrana over HTTP), as far as tests look into them.

/** What one request body asks for. */
export interface PipelineSummary {
  readonly statements: readonly string[];
  readonly kinds: readonly string[];
  readonly baton: boolean;
}

interface Statement {
  readonly sql?: string | null;
}

interface Pipeline {
  readonly baton?: string | null;
  readonly requests?: readonly {
    readonly type: string;
    readonly sql?: string | null;
    readonly stmt?: Statement;
    readonly batch?: { readonly steps: readonly { readonly stmt: Statement }[] };
  }[];
}

/** Lists the statements of a pipeline request; a body that is none has none. */
export function summarizePipeline(body: string): PipelineSummary {
  const { baton, requests = [] } = readPipeline(body);
  const statements = requests.flatMap((request) => [
    request.sql,
    request.stmt?.sql,
    ...(request.batch?.steps.map((step) => step.stmt.sql) ?? []),
  ]);
  return {
    statements: statements.filter((sql) => typeof sql === "string"),
    kinds: requests.map((request) => request.type),
    baton: typeof baton === "string",
  };
}

function readPipeline(body: string): Pipeline {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

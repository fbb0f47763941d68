// Asks a server on this machine whether it is there.

/** Whether a server answers GET /health within a second. */
export async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/health", url), { signal: AbortSignal.timeout(1_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

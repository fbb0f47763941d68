// The fetch of the clients that commands open: the token and the statements stay with the configured database.
import { type DatabaseConfig, isAllowedAddress } from "../../database/config.ts";

/**
 * A fetch for libSQL's client. It follows no redirect, and refuses an address that the server names for the rest of a
 * transaction if `DATABASE_URL` could not name it.
 *
 * @param signalOf ends a request; by default a request may take as long as it likes.
 */
export function fetchAtHome(
  { plainHttpHosts }: DatabaseConfig,
  signalOf?: () => AbortSignal,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (!isAllowedAddress(request.url, plainHttpHosts)) {
      throw new TypeError("The database named another address that DATABASE_URL could not name");
    }
    const signal = signalOf?.();
    return await fetch(request, { redirect: "manual", ...(signal === undefined ? {} : { signal }) });
  };
}

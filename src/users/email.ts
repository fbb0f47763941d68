// What an email address is to the service, and the one form in which it is stored and compared.

/** The longest address that mail servers pass on. Source: RFC 3696, erratum 1690. */
const longestEmail = 254;

/** White space around it and upper case do not make another account. */
export function normalizeEmail(text: string): string {
  return text.trim().toLowerCase();
}

/**
 * Whether a normalised address is plausible: only a message sent to it proves more. It is something, one
 * `@`, and a host name; without white space, control characters or halves of a surrogate pair.
 */
export function isEmail(text: string): boolean {
  return text.length <= longestEmail && /^[^\s\p{C}@]{1,64}@[^\s\p{C}@.]+(?:\.[^\s\p{C}@.]+)*$/u.test(text);
}

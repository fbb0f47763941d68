// Gives a table's text another name.
import { isWord, nameOf, neighbour, quoteName, sameName, tokenize } from "./sql-tokens.ts";

/**
 * The same CREATE TABLE for another name. What the table says of itself in front of a column (`users.age`) goes
 * along; a foreign key to itself keeps the name that the table will have.
 */
export function retitle(sql: string, name: string, from: string): string {
  const tokens = tokenize(sql);
  let titled = false;
  return tokens
    .map((token, index) => {
      const own = nameOf(token);
      if (own === undefined || !sameName(own, from)) return token.text;
      const qualifier = neighbour(tokens, index, 1)?.text === ".";
      const title = !titled && isWord(neighbour(tokens, index, -1), "TABLE", "EXISTS");
      if (title) titled = true;
      return qualifier || title ? quoteName(name) : token.text;
    })
    .join("");
}

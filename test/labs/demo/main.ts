// The command `npm run demo`: a column is dropped and comes back with its values; then the same without the tool.
import { type Stage, withStage } from "./stage.ts";
import { readCommandLine } from "../../../src/dev/command/command-line.ts";
import { DevError } from "../../../src/dev/command/dev-error.ts";
import { findProject } from "../../../src/dev/command/project.ts";
import { runCommand } from "../../../src/dev/command/run-command.ts";
import { waitForStop } from "../../../src/dev/command/stop-signal.ts";

const stopped = waitForStop();
const email = "email: text().notNull()";
const bio = "bio: text()";
const insertUsers =
  "INSERT INTO users (email, bio) VALUES " +
  "('ada@example.com', 'Wrote the first program'), ('grace@example.com', 'Found a bug'), ('alan@example.com', NULL)";
const selectUsers = "SELECT * FROM users";

await runCommand(async () => {
  const about =
    "Shows a dropped column that comes back with its values, and the same with drizzle-kit alone.";
  readCommandLine(process.argv.slice(2), { name: "npm run demo", about });
  await play(showTool);
  await play(showDrizzleKit);
});

/** Each act has a project and a database of its own; a stop closes both in order. */
function play(act: (stage: Stage) => Promise<void>): Promise<void> {
  const interrupted = stopped.then((reason) => {
    throw new DevError("DEMO_ENDED", `The demonstration was ended by ${reason}`);
  });
  const { folder } = findProject(process.env);
  return withStage({ projectFolder: folder, print: (line) => console.log(line) }, (stage) =>
    Promise.race([act(stage), interrupted]),
  );
}

async function showTool(stage: Stage): Promise<void> {
  stage.say("== Eaves: a column is dropped, and comes back with its values");
  await stage.writeSchema([email, bio]);
  await stage.db("revision", "-m", "create users");
  await stage.db("upgrade");
  await stage.sql(insertUsers);
  await stage.sql(selectUsers);
  stage.say("-- The bio is taken out of the schema:");
  await stage.writeSchema([email]);
  await stage.db("revision", "-m", "drop bio", "--archive");
  await stage.db("upgrade");
  await stage.sql(selectUsers);
  stage.say("-- That was a mistake:");
  await stage.db("downgrade", "-1");
  await stage.sql(selectUsers);
}

async function showDrizzleKit(stage: Stage): Promise<void> {
  stage.say("== The same with plain drizzle-kit");
  await stage.writeSchema([email, bio]);
  await stage.drizzleKit("generate", "--name", "create_users");
  await stage.drizzleKit("migrate");
  await stage.sql(insertUsers);
  stage.say("-- The bio is taken out of the schema:");
  await stage.writeSchema([email]);
  await stage.drizzleKit("generate", "--name", "drop_bio");
  await stage.drizzleKit("migrate");
  await stage.sql(selectUsers);
  stage.say(
    "-- That was a mistake. drizzle-kit has no downgrade; all that can be done is to add the column again:",
  );
  await stage.writeSchema([email, bio]);
  await stage.drizzleKit("generate", "--name", "add_bio_again");
  await stage.drizzleKit("migrate");
  await stage.sql(selectUsers);
}

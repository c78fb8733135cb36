import { afterEach, beforeEach } from "vitest";
import { Database } from "../../../state/database.ts";
import { temporaryDirectory } from "./lane-fixture.ts";

/** An empty database for each test of the file that calls this. */
export function temporaryDatabase(): { readonly database: Database } {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let database: Database;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    database = await Database.open(directory.path);
  });
  afterEach(async () => {
    await database.close();
    await directory.remove();
  });
  return {
    get database() {
      return database;
    },
  };
}

import { Writable } from "node:stream";
import type { CliCommand } from "../../../src/cli/command.ts";

/** Runs a command as the program does, into texts; plain unless `isTerminal`. */
export async function runCommand(command: CliCommand, argv: readonly string[], isTerminal = false) {
  const texts = { out: "", err: "" };
  const into = (name: "out" | "err") =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[name] += chunk.toString();
        done();
      },
    });
  const code = await command.run(argv, { out: into("out"), err: into("err"), isTerminal, columns: 100 });
  return { code, ...texts };
}

/** Lines of JSON as objects. */
export const objectsIn = <T>(text: string): T[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);

import { generateInterpretations } from "./interpretations.ts";
import { generateNormalWords } from "./normal-words.ts";
import { generateRecordTypes } from "./record-types.ts";
import { generateSyscalls } from "./syscalls.ts";

/** Every generated table: its file name and how its text comes about. */
export const TABLES: readonly { readonly file: string; readonly generate: () => string }[] = [
  { file: "record-types.generated.ts", generate: generateRecordTypes },
  { file: "syscalls.generated.ts", generate: generateSyscalls },
  { file: "interpretations.generated.ts", generate: generateInterpretations },
  { file: "normal-words.generated.ts", generate: generateNormalWords },
];

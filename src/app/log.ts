import { Writable } from "node:stream";
import { styleText } from "node:util";
import { type Logger, pino } from "pino";
import { printable } from "../lib/printable.ts";

export type { Logger };

const STYLES: Readonly<Record<number, { word: string; style: Parameters<typeof styleText>[0] }>> = {
  20: { word: "debug", style: "dim" },
  30: { word: "info ", style: "green" },
  40: { word: "warn ", style: "yellow" },
  50: { word: "error", style: "red" },
  60: { word: "fatal", style: ["red", "bold"] },
};

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

/** One JSON log line as a person reads it: time, level, message, fields. */
function humanLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as { level: number; time: number; msg: string };
  const { word, style } = STYLES[level] ?? { word: String(level), style: "white" };
  const rest = Object.entries(fields).map(
    ([key, value]) => `${styleText("dim", `${key}=`)}${printable(shown(value))}`,
  );
  return `${styleText("dim", new Date(time).toTimeString().slice(0, 8))} ${styleText(style, word)} ${[msg, ...rest].join("  ")}\n`;
}

/**
 * The daemon's log on standard error: readable lines on a terminal, JSON lines elsewhere (journald keeps the time).
 * Messages are static; what varies stands in fields. Secrets never.
 */
export function openLog(stream: NodeJS.WriteStream): Logger {
  const base = { base: null, level: process.env["DOCKWARDEN_LOG_LEVEL"] ?? "info" };
  if (!stream.isTTY) return pino(base, stream);
  const human = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      stream.write(humanLine(chunk), done);
    },
  });
  return pino(base, human);
}

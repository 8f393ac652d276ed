/** How control characters and what a shell would read are written: `--escape`. */
export type EscapeMode = "raw" | "tty" | "shell" | "shell_quote";
export const ESCAPE_MODES: readonly EscapeMode[] = ["raw", "tty", "shell", "shell_quote"];

const SETS: Readonly<Record<EscapeMode, RegExp | null>> = {
  raw: null,
  tty: /[\x00-\x1f]/g,
  shell: /[\x00-\x1f"'`$\\!()| ]/g,
  shell_quote: /[\x00-\x1f"'`$\\!()| ;#&*?[\]<>{}]/g,
};

/** Latin1 text as audit's tools print it: control characters as `\ooo`, characters of the mode behind `\`. */
export function escaped(text: string, mode: EscapeMode): string {
  const set = SETS[mode];
  if (set === null) return text;
  return text.replace(set, (char) => {
    const code = char.charCodeAt(0);
    return code < 32 ? `\\${code.toString(8).padStart(3, "0")}` : `\\${char}`;
  });
}

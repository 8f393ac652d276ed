/** A text with fields in braces: `container {ContainerName}`. */
export interface Template {
  readonly fields: readonly string[];
  /** @returns null where a field is missing. Values come from logs and stand as they are. */
  render(value: (field: string) => string | null): string | null;
}

/** Reads a template. A brace that encloses no field's name is literal. */
export function parseTemplate(text: string): Template {
  const pieces = text.split(/\{([\w.-]+)\}/);
  const fields = pieces.filter((_, at) => at % 2 === 1);
  return {
    fields,
    render(value) {
      let rendered = "";
      for (const [at, piece] of pieces.entries()) {
        const part = at % 2 === 1 ? value(piece) : piece;
        if (part === null) return null;
        rendered += part;
      }
      return rendered;
    },
  };
}

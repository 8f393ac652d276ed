import { expect, it, vi } from "vitest";
import { openProgress } from "../../src/cli/progress.ts";

/** A terminal that keeps what is written to its standard error. */
function terminal(isTerminal: boolean) {
  const texts: string[] = [];
  const err = { write: (text: string) => texts.push(text) } as unknown as NodeJS.WritableStream;
  return { texts, terminal: { out: err, err, isTerminal, columns: 80 } };
}

it("says how far a command is after a second, and takes the line away in the end", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const { texts, terminal: where } = terminal(true);
    {
      using progress = openProgress(where, "hunting");
      progress.tell(0.1, "early");
      vi.advanceTimersByTime(1001);
      progress.tell(0.256, "November");
      progress.tell(0.3, "too soon after");
      vi.advanceTimersByTime(101);
      progress.tell(2, "later");
    }

    expect(texts).toEqual(["\r\x1b[Khunting … 25 %  November", "\r\x1b[Khunting … 100 %  later", "\r\x1b[K"]);
  } finally {
    vi.useRealTimers();
  }
});

it("says nothing in a pipe", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const { texts, terminal: where } = terminal(false);
    {
      using progress = openProgress(where, "hunting");
      vi.advanceTimersByTime(5000);
      progress.tell(0.5, "x");
    }

    expect(texts).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

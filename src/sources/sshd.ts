import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import type { LineBatch, Position } from "../model/line.ts";
import type { Settings } from "../model/settings.ts";
import type { Clock, Source } from "../ports/source.ts";
import { openFileSource } from "./file/source.ts";
import { openJournalSource } from "./journal.ts";

/** journald makes this folder when it runs. */
const JOURNAL_RUNS = "/run/systemd/journal";

/**
 * sshd's log: the file, or the journal where that is asked for or where a first start finds no file and a journal.
 * Later starts stay with what the position speaks of.
 */
export function openSshdSource(settings: Settings["sources"]["sshd"], clock: Clock): Source {
  if ("journal" in settings) return openJournalSource({ clock });
  const { path } = settings;
  const file = openFileSource({ name: "sshd", path, clock, mend: mendSshd });
  const journal = openJournalSource({ clock });
  let chosen = file;
  return {
    name: "sshd",
    follow(from: Position | null, signal: AbortSignal): AsyncIterable<LineBatch> {
      const nowhere = from === null && !existsSync(path) && existsSync(JOURNAL_RUNS);
      chosen = from?.kind === "journal" || nowhere ? journal : file;
      return chosen.follow(from, signal);
    },
    health: () => chosen.health(),
  };
}

function mendSshd(errno: string): string | null {
  if (errno === "ENOENT")
    return "apt-get install openssh-server rsyslog && systemctl enable --now ssh rsyslog";
  return errno === "EACCES" || errno === "EPERM" ? `usermod -aG adm ${userInfo().username}` : null;
}

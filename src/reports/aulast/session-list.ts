/** How a session stands: begun, logged in, ended by a logout, by a shutdown, by a crash, or without a trace. */
export type SessionStatus = "begun" | "start" | "out" | "down" | "crash" | "gone";

/** A login, or the time from a boot to a shutdown. Times are seconds since 1970, 0 is none. */
export interface LastSession {
  readonly session: number;
  readonly auid: number;
  readonly pid: number;
  startSec: number;
  endSec: number;
  /** The user's name; `reboot` of a boot. */
  name: string | null;
  terminal: string | null;
  host: string | null;
  /** 0 done, 1 failed, -1 not known. */
  result: number;
  status: SessionStatus;
  /** Serials of the events that say it; 0 where there is none. */
  beginSerial: number;
  loginSerial: number;
  endSerial: number;
}

interface Node {
  readonly session: LastSession;
  next: Node | null;
}

/**
 * The sessions that are open, as the real tool lists them: a chain with a place in it. A session that is added while
 * the place is behind the chain's end is lost, as there; so the answers are the same.
 * @see audit-userspace tools/aulast/aulast-llist.c
 */
export class SessionList {
  #head: Node | null = null;
  #at: Node | null = null;

  /** The session at the place. */
  get current(): LastSession | null {
    return this.#at?.session ?? null;
  }

  first(): LastSession | null {
    this.#at = this.#head;
    return this.current;
  }

  next(): LastSession | null {
    this.#at = this.#at?.next ?? null;
    return this.current;
  }

  clear(): void {
    this.#head = null;
    this.#at = null;
  }

  /** Adds at the end, and goes there. */
  add(session: LastSession): void {
    const node: Node = { session, next: null };
    if (this.#head === null) this.#head = node;
    else if (this.#at !== null) {
      let last = this.#at;
      while (last.next !== null) last = last.next;
      last.next = node;
    }
    this.#at = node;
  }

  /** Goes to the first session of which this holds; stays where there is none. */
  find(isWanted: (session: LastSession) => boolean): LastSession | null {
    for (let node = this.#head; node !== null; node = node.next)
      if (isWanted(node.session)) {
        this.#at = node;
        return node.session;
      }
    return null;
  }

  /** Takes the session at the place out; the place is then the one before it, or the chain's first. */
  remove(): void {
    let before: Node | null = null;
    for (let node = this.#head; node !== null; before = node, node = node.next) {
      if (node !== this.#at) continue;
      if (before === null) {
        this.#head = node.next;
        this.#at = node.next;
      } else {
        before.next = node.next;
        this.#at = before;
      }
      return;
    }
  }
}

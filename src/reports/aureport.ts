import type { AuditColumn } from "../model/audit-columns.ts";
import { type ExtractNotes, extractFields } from "../query/extract.ts";
import { headType, type LogEvent } from "../query/log-event.ts";
import type { EventTime } from "../query/log-reader.ts";
import type { SearchFields, Wanted } from "../query/search-fields.ts";
import { TimeText } from "../query/time-words.ts";
import type { AureportOptions } from "./options.ts";
import { OVERVIEW_WANTED, Overview } from "./overview.ts";
import type { CountedField, Report } from "./report.ts";
import { Tally } from "./tally.ts";
import type { Words } from "./words.ts";

const NOTHING = "<no events of interest were found>\n\n";
const CONFIG_CHANGE = 1305;
/** Types of which something is added or deleted: `--add` and `--delete` choose. */
const ADDED: ReadonlySet<number> = new Set([1114, 1116, 1407, 1409, 1411, 1413, 1416]);
const DELETED: ReadonlySet<number> = new Set([1115, 1117, 1408, 1410, 1412, 1414, 1417]);
const OVERVIEW_TITLE = `Summary Report\n${"=".repeat(22)}\n`;
const TIMES_TITLE = `Log Time Range Report\n${"=".repeat(21)}\n`;

/** What a report is made with. */
export interface AureportParts {
  readonly options: AureportOptions;
  readonly words: Words;
  /** Standard error. */
  readonly note: (text: string) => void;
}

const milli = (value: number): string => String(value).padStart(3, "0");

/** Makes one report of the events that are given to it; the text, latin1, is taken in pieces. */
export class Aureport {
  readonly #options: AureportOptions;
  readonly #report: Report | null;
  readonly #overview: Overview | null;
  readonly #wanted: Wanted;
  readonly #words: Words;
  readonly #notes: ExtractNotes;
  readonly #tally = new Tally();
  readonly #time = new TimeText();
  #text = "";
  #lines = 0;
  #isFound = false;
  /** Of the log that is being read. */
  #first: EventTime | null = null;
  #last: EventTime = { sec: 0, milli: 0 };

  constructor({ options, words, note }: AureportParts) {
    this.#options = options;
    this.#report = typeof options.report === "string" ? null : options.report;
    this.#overview = options.report === "overview" ? new Overview() : null;
    this.#words = words;
    this.#notes = options.isDebug ? { warn: note, debug: note } : { warn: note };
    const wanted = this.#overview === null ? (this.#report?.wanted ?? {}) : OVERVIEW_WANTED;
    this.#wanted = { ...wanted, pid: true, success: true, arch: options.isInterpreted };
  }

  /** The heading; `isThere` is false for totals that the real tool does not make, and ends with 1. */
  begin(): { readonly text: string; readonly isThere: boolean } {
    const { only, isSummary, report } = this.#options;
    if (report === "times" && !isSummary) return { text: `\n${TIMES_TITLE}`, isThere: true };
    if (typeof report !== "string" && !isSummary) return { text: `\n${report.title}`, isThere: true };
    const which = only === "failed" ? "Failed " : only === "success" ? "Success " : "";
    const title = report === "overview" ? OVERVIEW_TITLE : report === "times" ? null : report.summaryTitle;
    return { text: `\n${which}${title ?? ""}`, isThere: title !== null };
  }

  /** True for reports that need each event's time: others may be given those that concern them alone. */
  get needsAll(): boolean {
    return this.#report === null || this.#options.isDebug;
  }

  /** What it reads of an event in a usual form; null where it looks at the lines themselves. */
  get wantedColumns(): Wanted | null {
    // Names that auditd added are not in the columns.
    if (this.#options.isDebug || this.#options.isInterpreted) return null;
    if (!this.#options.isSummary || this.#report === null) return this.#wanted;
    // What is usual lacks nothing, so that a field that is not counted need not be there.
    return { ...(this.#report.countWanted ?? this.#report.wanted), success: true };
  }

  /** The field whose values alone are counted, of whatever events have `success` as it is asked for; null where more is looked at. */
  get countedField(): CountedField | null {
    const { isSummary, nodes, change } = this.#options;
    if (!isSummary || nodes.length > 0 || change !== null || this.wantedColumns === null) return null;
    return this.#report?.counted ?? null;
  }

  /** The columns that a total is made of, where that is few: events that are alike in them count alike. Null elsewhere. */
  get countedBy(): readonly AuditColumn[] | null {
    const { isSummary, nodes } = this.#options;
    const wanted = this.#report?.countWanted;
    if (!isSummary || nodes.length > 0 || wanted === undefined || this.wantedColumns === null) return null;
    if (Object.keys(wanted).some((name) => name !== "loginuid")) return null;
    return ["kind", "shape", "success", "acct", ...(wanted.loginuid === true ? (["auid"] as const) : [])];
  }

  /** 0 or 1 where only such events are counted whose `success` is that. */
  get neededSuccess(): number | null {
    const { only } = this.#options;
    return only === null ? null : only === "success" ? 1 : 0;
  }

  /** True where of events by time the first and the last alone make a difference. */
  get isOfEnds(): boolean {
    return this.#options.report === "times";
  }

  /** What was counted so far. */
  get tally(): Tally {
    return this.#tally;
  }

  /** False for events that cannot be in the report, by their types alone. */
  concerns(event: LogEvent): boolean {
    return this.#report === null || this.#report.concerns(event);
  }

  add(event: LogEvent): void {
    this.pass(event);
    if (this.#options.report === "times") return;
    if (this.#report !== null && !this.#options.isDebug && !this.#report.concerns(event)) return;
    if (!this.#isChosenNode(event)) {
      if (this.#options.isDebug) extractFields(event, this.#wanted, this.#notes);
      return;
    }
    const fields = extractFields(event, this.#wanted, this.#notes);
    if (fields !== null) this.#take(event, fields);
  }

  /** An event whose fields were read already: as {@link add}, and none of its records' texts are asked for. */
  addRead(event: LogEvent, fields: SearchFields): void {
    this.pass(event);
    if (this.#options.report === "times") return;
    if (this.#isChosenNode(event)) this.#take(event, fields);
  }

  /** An event that is not chosen: of the whole log its time counts. */
  pass(event: LogEvent): void {
    if (this.#report !== null) return;
    this.#last = event;
    this.#first ??= event;
  }

  #take(event: LogEvent, fields: SearchFields): void {
    if (!this.#isChosen(event, fields)) return;
    if (this.#overview !== null) this.#overview.count(event, fields);
    else if (this.#report?.concerns(event) === true) this.#reportOn(this.#report, event, fields);
  }

  /** A log has ended; others may follow. @param name as it was opened. */
  endLog(name: string): void {
    if (this.#options.report !== "times") return;
    if (this.#first === null) this.#text += `${name}: no records\n`;
    else this.#text += `${name}: ${this.#whole(this.#first)} - ${this.#whole(this.#last)}\n`;
    this.#first = null;
    this.#last = { sec: 0, milli: 0 };
  }

  /** What was written since the last time. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  /** The end of the report. @param first the first time in the logs. @returns the text, and the exit code. */
  end(first: EventTime): { readonly text: string; readonly code: number } {
    const { isSummary, report, start, end } = this.#options;
    if (this.#overview !== null)
      return { text: this.#overview.text(first, this.#last, { start, end }), code: 0 };
    if (report === "times") return { text: "", code: 0 };
    if (isSummary) return { text: this.#totals(), code: 0 };
    return this.#isFound ? { text: "", code: 0 } : { text: NOTHING, code: 1 };
  }

  #whole({ sec, milli: part }: EventTime): string {
    return `${this.#time.of(sec)}.${milli(part)}`;
  }

  #isChosenNode({ node }: LogEvent): boolean {
    const { nodes } = this.#options;
    return nodes.length === 0 || (node !== null && nodes.includes(node));
  }

  #isChosen(event: LogEvent, { success }: SearchFields): boolean {
    const { only, change, isWithoutConfig } = this.#options;
    if (only === "failed" && success !== 0) return false;
    if (only === "success" && success !== 1) return false;
    const type = headType(event);
    if (isWithoutConfig && type === CONFIG_CHANGE) return false;
    return !(change === "add" && DELETED.has(type)) && !(change === "delete" && ADDED.has(type));
  }

  #reportOn(report: Report, event: LogEvent, fields: SearchFields): void {
    const words = this.#words;
    words.begin(event);
    const reported = { event, fields, words };
    if (this.#options.isSummary) report.count?.(reported, this.#tally);
    else if (report.lists?.(reported) ?? true) {
      this.#isFound = true;
      for (const line of report.lines(reported)) {
        this.#lines += 1;
        this.#text += `${this.#lines}. ${this.#time.of(event.sec)} ${line}`;
      }
    }
  }

  #totals(): string {
    if (this.#tally.size === 0) return NOTHING;
    const words = this.#words;
    words.begin(null);
    const say = (text: string) => this.#report?.total?.(text, words) ?? words.text(text);
    return this.#tally
      .totals()
      .map(([text, hits]) => `${hits}  ${say(text)}\n`)
      .join("");
  }
}

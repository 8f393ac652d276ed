import { authReport, loginReport, modificationReport, userReport } from "./accounts.ts";
import { avcReport } from "./avc.ts";
import { fileReport, keyReport } from "./files.ts";
import { ttyReport } from "./keystrokes.ts";
import {
  commandReport,
  executableReport,
  hostReport,
  processReport,
  syscallReport,
  terminalReport,
} from "./processes.ts";
import type { Report } from "./report.ts";
import {
  anomalyReport,
  configReport,
  cryptoReport,
  eventReport,
  integrityReport,
  macReport,
  responseReport,
  virtReport,
} from "./typed.ts";

/** Every report of `aureport` but the overview and `-t`. */
export const REPORTS: readonly Report[] = [
  avcReport,
  authReport,
  commandReport,
  configReport,
  cryptoReport,
  eventReport,
  fileReport,
  hostReport,
  integrityReport,
  keyReport,
  loginReport,
  modificationReport,
  macReport,
  anomalyReport,
  processReport,
  responseReport,
  syscallReport,
  terminalReport,
  ttyReport,
  userReport,
  virtReport,
  executableReport,
];

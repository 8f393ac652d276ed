declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Milliseconds since 1970-01-01 UTC; may carry a fraction (Docker and journald are finer than a millisecond). */
export type EpochMs = Brand<number, "EpochMs">;
/** An audit event's serial number: an unsigned 32-bit count that restarts at boot and wraps. */
export type Serial = Brand<number, "Serial">;
/** The audit login uid; {@link AUID_UNSET} where nobody logged in. */
export type Auid = Brand<number, "Auid">;
/** The audit session number; {@link SES_UNSET} where there is none. */
export type Ses = Brand<number, "Ses">;
/** A process id in the host's pid namespace. */
export type Pid = Brand<number, "Pid">;
/**
 * Names one event for ever, whoever read it and however often:
 * `audit:TIME:SERIAL[@NODE]` (TIME as in the log, `1795511325.191`), `docker:TIMENANO:TYPE:ACTION:ACTORID`,
 * `sshd:TIMEMS:PID:HASH` (HASH = first 12 hex digits of the raw line's SHA-256).
 */
export type EventRef = Brand<string, "EventRef">;
/** A container's 64 hex digits. */
export type ContainerId = Brand<string, "ContainerId">;
/** Identifies an alert; derived from rule, group and first event, so that a replay yields the same one. */
export type AlertId = Brand<string, "AlertId">;
/** Identifies a delivery and is its idempotency key at the receiver; derived, stable across restarts. */
export type DeliveryId = Brand<string, "DeliveryId">;

/** `(uid_t)-1`, the kernel's "unset" (include/linux/audit.h, AUDIT_UID_UNSET). */
export const AUID_UNSET = 4_294_967_295 as Auid;
/** `(unsigned)-1`, the kernel's "no session" (AUDIT_SID_UNSET). */
export const SES_UNSET = 4_294_967_295 as Ses;

const U32_MAX = 4_294_967_295;

function checked(value: number, name: string, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new RangeError(`${name}: expected an integer from 0 to ${max}, got ${value}`);
  return value;
}

/** @throws RangeError outside 0…2^32−1. */
export const serial = (value: number): Serial => checked(value, "serial", U32_MAX) as Serial;
/** @throws RangeError outside 0…2^32−1. Old kernels print −1 for unset: give 4294967295. */
export const auid = (value: number): Auid => checked(value, "auid", U32_MAX) as Auid;
/** @throws RangeError outside 0…2^32−1. */
export const ses = (value: number): Ses => checked(value, "ses", U32_MAX) as Ses;
/** @throws RangeError outside 0…2^32−1. */
export const pid = (value: number): Pid => checked(value, "pid", U32_MAX) as Pid;
/** @throws RangeError for a value that is not a finite number. */
export function epochMs(value: number): EpochMs {
  if (!Number.isFinite(value)) throw new RangeError(`time: expected milliseconds since 1970, got ${value}`);
  return value as EpochMs;
}

/** The name of an audit event. @param time the text between `audit(` and `:`, as the log has it. */
export function auditRef(time: string, serialNumber: Serial, node: string | null): EventRef {
  return (
    node === null ? `audit:${time}:${serialNumber}` : `audit:${time}:${serialNumber}@${node}`
  ) as EventRef;
}
/** The name of a Docker event. @param timeNano nanoseconds since 1970 as decimal text (beyond 2^53). */
export function dockerRef(timeNano: string, type: string, action: string, actorId: string): EventRef {
  return `docker:${timeNano}:${type}:${action}:${actorId}` as EventRef;
}
/** The name of an sshd (or sudo, su, cron) event. @param hash first 12 hex digits of the raw line's SHA-256. */
export function sshdRef(timeMs: EpochMs, pidNumber: number | null, hash: string): EventRef {
  return `sshd:${timeMs}:${pidNumber ?? "-"}:${hash}` as EventRef;
}
export const containerId = (value: string): ContainerId => value as ContainerId;
export const alertId = (value: string): AlertId => value as AlertId;
export const deliveryId = (value: string): DeliveryId => value as DeliveryId;
/** Reads back a stored or typed reference; its shape is the caller's to have checked. */
export const eventRef = (value: string): EventRef => value as EventRef;

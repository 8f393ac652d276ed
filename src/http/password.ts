import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** The shortest password that is taken, in characters. */
export const MIN_PASSWORD_CHARS = 12;
/** The longest: hashing must not become a way to burn our processor. */
export const MAX_PASSWORD_CHARS = 512;

/** OWASP's scrypt setting with the least memory (16 MiB a hash): the daemon is to stay small. About 0.2 s a guess. */
const COST = { N: 16_384, r: 8, p: 5 };
const HASH_BYTES = 32;

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

const normal = (password: string): string => password.normalize("NFKC");

/** The password as it is stored: `scrypt$N$r$p$salt$hash`, base64url. The parameters stand beside it, so that they can grow. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(normal(password), salt, HASH_BYTES, COST);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/** Whether the password is the one that was hashed. A stored text of another shape is never matched. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [kind, n, r, p, salt, hash] = stored.split("$");
  if (kind !== "scrypt" || salt === undefined || hash === undefined) return false;
  if (password.length > MAX_PASSWORD_CHARS) return false;
  const expected = Buffer.from(hash, "base64url");
  const options = { N: Number(n), r: Number(r), p: Number(p), maxmem: 256 * 1024 * 1024 };
  const actual = await derive(normal(password), Buffer.from(salt, "base64url"), expected.length, options);
  return expected.length >= HASH_BYTES && timingSafeEqual(actual, expected);
}

/** Why a password is not taken, in words; null where it is. */
export function passwordFault(password: string): string | null {
  if (password.length < MIN_PASSWORD_CHARS)
    return `The password needs at least ${MIN_PASSWORD_CHARS} characters; this one has ${password.length}.`;
  if (password.length > MAX_PASSWORD_CHARS)
    return `The password may have at most ${MAX_PASSWORD_CHARS} characters.`;
  if (new Set(password).size < 5)
    return "The password repeats too few different characters; take a few words that do not belong together.";
  return null;
}

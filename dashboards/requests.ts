import type { FaultView } from "../src/http/api.ts";

const csrfToken = (): string =>
  document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";

async function answer<T>(response: Response): Promise<T> {
  if (response.status === 401) {
    location.assign("/login");
    throw new Error("signed out");
  }
  if (!response.ok) {
    const fault = (await response.json().catch(() => null)) as FaultView | null;
    throw new Error(fault?.error ?? `the server answered ${response.status}`);
  }
  return (await response.json()) as T;
}

/** Reads from the API; signed out, it leads to the login. @throws Error with the server's words. */
export async function read<T>(path: string, query: Readonly<Record<string, string | null>> = {}): Promise<T> {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== null);
  const search = given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
  return answer<T>(await fetch(`/api/v1/${path}${search}`, { headers: { accept: "application/json" } }));
}

/** Writes through the API. @throws Error with the server's words. */
export async function write<T>(path: string): Promise<T> {
  return answer<T>(
    await fetch(`/api/v1/${path}`, { method: "POST", headers: { "csrf-token": csrfToken() } }),
  );
}

/** The form field that every write by a form needs. */
export const csrfField = csrfToken;

/**
 * Stands in for the request of a guest in tests of app/_server: `vi.mock("next/headers", () => import("@/test/support/guest"))`. A
 * guest is a cookie jar; `asGuest` says whose request it is from now on.
 */
type Jar = Map<string, string>;

let jar: Jar = new Map();

export function asGuest(cookies: Jar): void {
  jar = cookies;
}

export async function cookies() {
  return {
    get: (name: string) => (jar.has(name) ? { name, value: jar.get(name) } : undefined),
    set: (name: string, value: string) => void jar.set(name, value),
    delete: (name: string) => void jar.delete(name),
  };
}

export async function headers() {
  return new Headers({ "x-forwarded-for": "192.0.2.1" });
}

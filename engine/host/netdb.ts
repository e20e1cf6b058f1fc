/** Names of ports and protocols as programs ask for them: getservbyname(3), getservbyport(3), getprotobynumber(3), over /etc. */
import type { FileSystem } from "./fs";

export type Services = {
  name(port: number, protocol: string): string | undefined;
  /** Of this protocol, or of the first that the file names. */
  port(name: string, protocol?: string): number | undefined;
};

type Entry = { readonly names: readonly string[]; readonly number: string };

export function readServices(fs: FileSystem): Services {
  const names = new Map<string, string>();
  const ports = new Map<string, number>();
  for (const entry of entries(fs, "/etc/services")) {
    const [, number = "", protocol = ""] = /^(\d+)\/(\w+)$/.exec(entry.number) ?? [];
    if (number === "") continue;
    const key = `${number}/${protocol}`;
    if (!names.has(key)) names.set(key, entry.names[0] ?? "");
    for (const name of entry.names) for (const known of [name, `${name}/${protocol}`]) if (!ports.has(known)) ports.set(known, Number(number));
  }
  return { name: (port, protocol) => names.get(`${port}/${protocol}`), port: (name, protocol) => ports.get(protocol === undefined ? name : `${name}/${protocol}`) };
}

export type Protocols = { name(number: number): string | undefined; number(name: string): number | undefined };

export function readProtocols(fs: FileSystem): Protocols {
  const all = entries(fs, "/etc/protocols");
  return {
    name: (number) => all.find((entry) => Number(entry.number) === number)?.names[0],
    number: (name) => {
      const found = all.find(({ names }) => names.includes(name));
      return found && Number(found.number);
    },
  };
}

/** Name, number, aliases; "#" begins a comment. */
function entries(fs: FileSystem, path: string): Entry[] {
  const written = fs.exists(path) ? fs.readText(path) : "";
  return written.split("\n").flatMap((line) => {
    const [name = "", number = "", ...aliases] = line.replace(/#.*$/, "").trim().split(/\s+/);
    return number === "" ? [] : [{ names: [name, ...aliases], number }];
  });
}

/** Containers entered from outside: what a request asks for, and what is carried each way until it is over. */
import type { ClusterAccess, ExecSession } from "@/engine";
import type { Clock } from "./clock";

const PATH = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/(exec|attach|portforward)$/;

export type Wanted = { readonly namespace: string; readonly pod: string; readonly what: string; readonly query: URLSearchParams };
/** A Status that says why not. */
export type Refused = { readonly code?: number; readonly message?: string };

export function wantedAt(url: URL): Wanted | undefined {
  const [, namespace, pod, what] = PATH.exec(url.pathname) ?? [];
  return namespace === undefined || pod === undefined || what === undefined ? undefined : { namespace, pod, what, query: url.searchParams };
}

export function refused(code: number, message: string): Refused {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code } as Refused;
}

/** Said by the kubelet or the container runtime: the connection to the API server stands by then. */
export function failsInside({ message = "" }: Refused): boolean {
  return message.startsWith("Internal error occurred:");
}

function yes(query: URLSearchParams, name: string): boolean {
  return ["1", "true"].includes(query.get(name) ?? "");
}

/** The channels that the client asked for. */
export function channelsOf({ query }: Wanted): readonly string[] {
  const tty = yes(query, "tty");
  return ["error", ...["stdin", "stdout", "stderr"].filter((name) => yes(query, name) && !(tty && name === "stderr")), ...(tty ? ["resize"] : [])];
}

export function beginSession({ runtime }: ClusterAccess, { namespace, pod, what, query }: Wanted): ExecSession | Refused {
  if (runtime === undefined) return refused(501, "not modelled: containers in this world");
  const container = query.get("container");
  const options = { stdin: yes(query, "stdin"), stdout: yes(query, "stdout"), stderr: yes(query, "stderr"), tty: yes(query, "tty"), ...(container !== null && container !== "" && { container }) };
  const begun = what === "exec" ? runtime.exec(namespace, pod, { ...options, command: query.getAll("command") }) : runtime.attach(namespace, pod, options);
  return "stdin" in begun ? begun : (begun as Refused);
}

export type Outputs = { readonly stdout: (bytes: Uint8Array) => void; readonly stderr: (bytes: Uint8Array) => void; readonly ended: (status: unknown) => void };

/** Carries what the session says to `outputs`; the returned function is for a client that has gone. */
export function carry(session: ExecSession, clock: Clock, { stdout, stderr, ended }: Outputs): () => void {
  const look = (): void => {
    // Complaints are written at once, data when a buffer is full: who stops at the end of the data (kubectl cp) has heard them.
    for (let bytes = session.stderr.read(); bytes !== undefined; bytes = session.stderr.read()) stderr(bytes);
    for (let bytes = session.stdout.read(); bytes !== undefined; bytes = session.stdout.read()) stdout(bytes);
    if (session.status === undefined || !session.stdout.ended || !session.stderr.ended) return;
    leave();
    ended(session.status);
  };
  const leave = clock.onSlice(look);
  return () => {
    leave();
    session.close();
  };
}

/** A message of the resize channel. Go takes a key in any case, and clients send it in several. */
export function resize(session: ExecSession, message: Buffer): void {
  const text = message.toString("utf8");
  const [columns, rows] = ["width", "height"].map((key) => Number(new RegExp(`"${key}"\\s*:\\s*(\\d+)`, "i").exec(text)?.[1]));
  if (Number.isInteger(columns) && Number.isInteger(rows)) session.resize(columns ?? 80, rows ?? 24);
}

export type Forward = { readonly write: (bytes: Buffer) => void; readonly end: () => void; readonly close: () => void };

/** One connection to a port of the Pod; `failed` with what the kubelet says when nobody listens there. */
export function forward({ runtime }: ClusterAccess, { namespace, pod }: Wanted, clock: Clock, port: number, to: { readonly data: (bytes: Uint8Array) => void; readonly failed: (message: string) => void; readonly ended: () => void }): Forward | undefined {
  const connection = runtime?.portForward(namespace, pod, port);
  if (connection === undefined || !("toPod" in connection)) {
    to.failed(connection?.message ?? "not modelled: containers in this world");
    to.ended();
    return undefined;
  }
  const look = (): void => {
    for (let bytes = connection.fromPod.read(); bytes !== undefined; bytes = connection.fromPod.read()) to.data(bytes);
    if (connection.error === undefined && !connection.fromPod.ended) return;
    leave();
    if (connection.error !== undefined) to.failed(connection.error);
    to.ended();
  };
  const leave = clock.onSlice(look);
  return {
    write: (bytes) => connection.toPod.write(new Uint8Array(bytes)),
    end: () => connection.toPod.end(),
    close: () => {
      leave();
      connection.close();
    },
  };
}

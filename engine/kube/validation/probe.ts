/** validateHandler and what calls it: probes, and what runs when a container starts and stops. */
import { type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import type { Container, LifecycleHandler, Probe } from "../types";
import { all } from "./environment";
import { httpHeaderName, portName, portNumber } from "./names";
import { nonNegative } from "./selector";

type Handler = LifecycleHandler & Pick<Probe, "grpc">;
type Kind = "exec" | "httpGet" | "tcpSocket" | "grpc" | "sleep";
const OF_PROBES: readonly Kind[] = ["exec", "httpGet", "tcpSocket", "grpc"];
const OF_HOOKS: readonly Kind[] = ["exec", "httpGet", "tcpSocket", "sleep"];

export function validateProbes(container: Container, grace: number | undefined, field: string): readonly FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  return [
    ...(livenessProbe === undefined ? [] : [...validateProbe(livenessProbe, grace, `${field}.livenessProbe`), ...once(livenessProbe, `${field}.livenessProbe`)]),
    ...(readinessProbe === undefined ? [] : [...validateProbe(readinessProbe, grace, `${field}.readinessProbe`), ...noGrace(readinessProbe, `${field}.readinessProbe`)]),
    ...(startupProbe === undefined ? [] : [...validateProbe(startupProbe, grace, `${field}.startupProbe`), ...once(startupProbe, `${field}.startupProbe`)]),
  ];
}

function once({ successThreshold = 1 }: Probe, field: string): readonly FieldError[] {
  return successThreshold === 1 ? [] : [invalid(`${field}.successThreshold`, successThreshold, "must be 1")];
}

function noGrace({ terminationGracePeriodSeconds: grace }: Probe, field: string): readonly FieldError[] {
  return grace === undefined ? [] : [invalid(`${field}.terminationGracePeriodSeconds`, grace, "must not be set for readinessProbes")];
}

function validateProbe(probe: Probe, grace: number | undefined, field: string): readonly FieldError[] {
  const numbers = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] as const;
  const own = probe.terminationGracePeriodSeconds;
  return [
    ...validateHandler(probe, OF_PROBES, grace, field),
    ...numbers.flatMap((name) => nonNegative(probe[name], `${field}.${name}`)),
    ...(own !== undefined && own <= 0 ? [invalid(`${field}.terminationGracePeriodSeconds`, own, "must be greater than 0")] : []),
  ];
}

type Os = { readonly name?: string } | undefined;
const SIGNALS = [
  "SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO", "SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT",
  "SIGRTMAX", ...between("SIGRTMAX-", 14), "SIGRTMIN", ...between("SIGRTMIN+", 15), "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG",
  "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ",
]; // biome-ignore format: in the order they are listed

function between(prefix: string, last: number): readonly string[] {
  return Array.from({ length: last }, (_, i) => `${prefix}${i + 1}`).sort();
}

export function validateLifecycle({ lifecycle }: Container, grace: number | undefined, os: Os, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const hook of ["postStart", "preStop"] as const) if (lifecycle?.[hook] !== undefined) errors.push(...validateHandler(lifecycle[hook], OF_HOOKS, grace, `${field}.${hook}`));
  const { stopSignal } = (lifecycle ?? {}) as { readonly stopSignal?: string };
  if (stopSignal === undefined) return errors;
  const at = `${field}.stopSignal`;
  const signals = os?.name === "windows" ? ["SIGKILL", "SIGTERM"] : SIGNALS;
  if (os === undefined) errors.push(forbiddenField(at, "may not be set for containers with empty `spec.os.name`"));
  else if (!signals.includes(stopSignal)) errors.push(notSupported(at, stopSignal, signals));
  return errors;
}

function validateHandler(handler: Handler, kinds: readonly Kind[], grace: number | undefined, field: string): readonly FieldError[] {
  const [first, ...more] = kinds.filter((kind) => handler[kind] !== undefined);
  if (first === undefined) return [required(field, "must specify a handler type")];
  return [...validateAction(handler, first, grace, `${field}.${first}`), ...more.map((kind) => forbiddenField(`${field}.${kind}`, "may not specify more than 1 handler type"))];
}

function validateAction(handler: Handler, kind: Kind, grace: number | undefined, field: string): readonly FieldError[] {
  switch (kind) {
    case "exec":
      return (handler.exec?.command ?? []).length === 0 ? [required(`${field}.command`)] : [];
    case "httpGet":
      return validateHttpGet(handler.httpGet, field);
    case "tcpSocket":
      return validatePort(handler.tcpSocket?.port ?? 0, `${field}.port`);
    case "grpc":
      return validatePort(handler.grpc?.port ?? 0, `${field}.port`);
    case "sleep": {
      const seconds = handler.sleep?.seconds ?? 0;
      if (grace === undefined || (seconds >= 0 && seconds <= grace)) return [];
      return [invalid(field, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)];
    }
  }
}

function validateHttpGet(get: Handler["httpGet"], field: string): readonly FieldError[] {
  if (get === undefined) return [];
  const { path, port, scheme = "", httpHeaders = [] } = get;
  return [
    ...(path ? [] : [required(`${field}.path`)]),
    ...validatePort(port, `${field}.port`),
    ...(scheme === "HTTP" || scheme === "HTTPS" ? [] : [notSupported(`${field}.scheme`, scheme, ["HTTP", "HTTPS"])]),
    ...httpHeaders.flatMap(({ name = "" }) => all(`${field}.httpHeaders`, name, httpHeaderName(name))),
  ];
}

function validatePort(port: number | string, field: string): readonly FieldError[] {
  return all(field, port, typeof port === "number" ? portNumber(port) : portName(port));
}

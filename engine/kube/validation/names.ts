/** What may be a name, a label, a port (apimachinery's util/validation): empty when all is well, else why not. */
export type Problems = readonly string[];

export const DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const DNS_SUBDOMAIN = `${DNS_LABEL}(\\.${DNS_LABEL})*`;
const DNS_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED})?`;

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
/** Compiled once: names are checked with every write. */
const COMPILED: ReadonlyMap<string, RegExp> = new Map([DNS_LABEL, DNS_SUBDOMAIN, DNS_1035, QUALIFIED, LABEL_VALUE].map((pattern) => [pattern, whole(pattern)]));

function matches(pattern: string, written: string): boolean {
  return (COMPILED.get(pattern) ?? whole(pattern)).test(written);
}

/** The newer checks of labels count bytes, in their words; the others still say characters. */
function tooLong(maximum: number, unit: "bytes" | "characters" = "bytes"): string {
  return `must be no more than ${maximum} ${unit}`;
}

function regexProblem(message: string, pattern: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`;
  return `${message} (e.g. ${examples.map((example, i) => (i === 0 ? `'${example}', ` : ` or '${example}', `)).join("")}regex used for validation is '${pattern}')`;
}

export function dnsLabel(written: string): Problems {
  const problems: string[] = [];
  if (written.length > 63) problems.push(tooLong(63, "characters"));
  if (!matches(DNS_LABEL, written)) {
    problems.push(
      matches(DNS_SUBDOMAIN, written)
        ? "must not contain dots"
        : regexProblem("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character", DNS_LABEL, "my-name", "123-abc"),
    );
  }
  return problems;
}

export function dnsSubdomain(written: string): Problems {
  const problems: string[] = [];
  if (written.length > 253) problems.push(tooLong(253, "characters"));
  if (!matches(DNS_SUBDOMAIN, written)) {
    problems.push(
      regexProblem("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character", DNS_SUBDOMAIN, "example.com"),
    );
  }
  return problems;
}

/** What resolv.conf may search: names with underscores as well. */
export function underscoreSubdomain(written: string): Problems {
  const label = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
  const pattern = `${label}(\\.${label})*`;
  const long = written.length > 253 ? [tooLong(253, "characters")] : [];
  if (matches(pattern, written)) return long;
  return [...long, regexProblem("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character", pattern, "example.com")];
}

export function wildcardSubdomain(written: string): Problems {
  const pattern = `\\*\\.${DNS_SUBDOMAIN}`;
  const long = written.length > 253 ? [tooLong(253, "characters")] : [];
  if (matches(pattern, written)) return long;
  return [
    ...long,
    regexProblem(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      pattern,
      "*.example.com",
    ),
  ];
}

export function dns1035Label(written: string): Problems {
  const problems: string[] = [];
  if (written.length > 63) problems.push(tooLong(63, "characters"));
  if (!matches(DNS_1035, written)) {
    problems.push(
      regexProblem("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character", DNS_1035, "my-name", "abc-123"),
    );
  }
  return problems;
}

/** A path segment of etcd's: RBAC objects may be called nearly anything. */
export function pathSegment(written: string): Problems {
  if (written === "." || written === "..") return [`may not be '${written}'`];
  return ["/", "%"].filter((c) => written.includes(c)).map((c) => `may not contain '${c}'`);
}

export function qualifiedName(written: string): Problems {
  const parts = written.split("/");
  const problems: string[] = [];
  let name = written;
  const shape = "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  if (parts.length === 2) {
    const [prefix = "", rest = ""] = parts;
    name = rest;
    if (prefix === "") problems.push("prefix part must be non-empty");
    else problems.push(...dnsSubdomain(prefix).map((problem) => `prefix part ${problem}`));
  } else if (parts.length > 2) {
    return [`a valid label key ${regexProblem(`must consist of ${shape}`, QUALIFIED, "MyName", "my.name", "123-abc")} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  if (name === "") problems.push("name part must be non-empty");
  else if (name.length > 63) problems.push(`name part ${tooLong(63)}`);
  if (!matches(QUALIFIED, name)) problems.push(`name part ${regexProblem(`must consist of ${shape}`, QUALIFIED, "MyName", "my.name", "123-abc")}`);
  return problems;
}

export function labelValue(written: string): Problems {
  const problems: string[] = [];
  if (written.length > 63) problems.push(tooLong(63));
  if (!matches(LABEL_VALUE, written)) {
    problems.push(
      regexProblem("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", LABEL_VALUE, "MyValue", "my_value", "12345"),
    );
  }
  return problems;
}

export function portNumber(port: number): Problems {
  return port >= 1 && port <= 65535 ? [] : ["must be between 1 and 65535, inclusive"];
}

export function portName(written: string): Problems {
  const problems: string[] = [];
  if (written.length > 15) problems.push(tooLong(15, "characters"));
  if (!/^[-a-z0-9]+$/.test(written)) problems.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(written)) problems.push("must contain at least one letter (a-z)");
  if (written.includes("--")) problems.push("must not contain consecutive hyphens");
  if (written.startsWith("-") || written.endsWith("-")) problems.push("must not begin or end with a hyphen");
  return problems;
}

export function configKey(written: string): Problems {
  const problems: string[] = [];
  if (written.length > 253) problems.push(tooLong(253, "characters"));
  const pattern = "[-._a-zA-Z0-9]+";
  if (!matches(pattern, written)) problems.push(regexProblem("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", pattern, "key.name", "KEY_NAME", "key-name"));
  if (written === ".") problems.push("must not be '.'");
  else if (written === "..") problems.push("must not be '..'");
  else if (written.startsWith("..")) problems.push("must not start with '..'");
  return problems;
}

/** RelaxedEnvironmentVariableValidation: anything printable but '='. */
export function environmentName(written: string): Problems {
  if (written === "") return ["environment variable name must be non-empty"];
  return /^[ -<>-~]+$/.test(written) ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function percent(written: string): Problems {
  const pattern = "[0-9]+%";
  return matches(pattern, written) ? [] : [regexProblem("a valid percent string must be a numeric string followed by an ending '%'", pattern, "1%", "93%")];
}

export function httpHeaderName(written: string): Problems {
  const pattern = "[-A-Za-z0-9]+";
  return matches(pattern, written) ? [] : [regexProblem("a valid HTTP header must consist of alphanumeric characters or '-'", pattern, "X-Header-Name")];
}

export function ipv4(written: string): boolean {
  const parts = written.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** netutils.ParseIPSloppy, loosely for IPv6: what it is, not every way to write it. */
export function ipAddress(written: string): boolean {
  return ipv4(written) || (/^[0-9a-fA-F:]+(\d+\.\d+\.\d+\.\d+)?$/.test(written) && written.split(":").length > 2);
}

export function cidr(written: string): boolean {
  const [address = "", bits = "", extra] = written.split("/");
  if (extra !== undefined || !/^\d{1,3}$/.test(bits) || !ipAddress(address)) return false;
  return Number(bits) <= (ipv4(address) ? 32 : 128);
}

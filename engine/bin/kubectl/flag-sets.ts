/** Flags that many commands share, in the sets kubectl itself groups them in. */
import type { FlagSpec } from "./flags";

export const HELP: FlagSpec = { name: "help", short: "h", kind: "bool", usage: "help for the command" };

/** Flags of kubectl itself, which every command takes (`kubectl options`). */
export const GLOBAL: readonly FlagSpec[] = [
  { name: "namespace", short: "n", kind: "string", usage: "If present, the namespace scope for this CLI request" },
  { name: "context", kind: "string", usage: "The name of the kubeconfig context to use" },
  { name: "cluster", kind: "string", usage: "The name of the kubeconfig cluster to use", refused: true },
  { name: "user", kind: "string", usage: "The name of the kubeconfig user to use", refused: true },
  { name: "kubeconfig", kind: "string", usage: "Path to the kubeconfig file to use for CLI requests." },
  { name: "server", short: "s", kind: "string", usage: "The address and port of the Kubernetes API server", refused: true },
  { name: "as", kind: "string", usage: "Username to impersonate for the operation.", refused: true },
  { name: "as-group", kind: "array", usage: "Group to impersonate for the operation.", refused: true },
  { name: "as-uid", kind: "string", usage: "UID to impersonate for the operation.", refused: true },
  { name: "as-user-extra", kind: "array", usage: "User extras to impersonate for the operation.", refused: true },
  { name: "cache-dir", kind: "string", usage: "Default cache directory", refused: true },
  { name: "certificate-authority", kind: "string", usage: "Path to a cert file for the certificate authority", refused: true },
  { name: "client-certificate", kind: "string", usage: "Path to a client certificate file for TLS", refused: true },
  { name: "client-key", kind: "string", usage: "Path to a client key file for TLS", refused: true },
  { name: "disable-compression", kind: "bool", usage: "If true, opt-out of response compression", refused: true },
  { name: "insecure-skip-tls-verify", kind: "bool", usage: "If true, the server's certificate will not be checked", refused: true },
  { name: "kuberc", kind: "string", usage: "Path to the kuberc file to use for preferences.", refused: true },
  { name: "log-flush-frequency", kind: "duration", usage: "Maximum number of seconds between log flushes", refused: true },
  { name: "match-server-version", kind: "bool", usage: "Require server version to match client version", refused: true },
  { name: "password", kind: "string", usage: "Password for basic authentication to the API server", refused: true },
  { name: "profile", kind: "string", usage: "Name of profile to capture", refused: true },
  { name: "profile-output", kind: "string", usage: "Name of the file to write the profile to", refused: true },
  { name: "request-timeout", kind: "string", default: "0", usage: "The length of time to wait before giving up on a single server request", refused: true },
  { name: "tls-server-name", kind: "string", usage: "Server name to use for server certificate validation", refused: true },
  { name: "token", kind: "string", usage: "Bearer token for authentication to the API server", refused: true },
  { name: "username", kind: "string", usage: "Username for basic authentication to the API server", refused: true },
  { name: "v", short: "v", kind: "int", usage: "number for the log level verbosity", refused: true },
  { name: "vmodule", kind: "string", usage: "pattern=N settings for file-filtered logging", refused: true },
  { name: "warnings-as-errors", kind: "bool", usage: "Treat warnings received from the server as errors" },
];

export const OUTPUT: FlagSpec = { name: "output", short: "o", kind: "string", usage: "Output format." };
export const TEMPLATE: FlagSpec = { name: "template", kind: "string", usage: "Template string or path to template file to use when -o=go-template, -o=go-template-file." };
export const SHOW_MANAGED: FlagSpec = { name: "show-managed-fields", kind: "bool", usage: "If true, keep the managedFields when printing objects in JSON or YAML format." };
export const ALLOW_MISSING: FlagSpec = { name: "allow-missing-template-keys", kind: "bool", default: "true", usage: "If true, ignore any errors in templates when a field or map key is missing." };

/** For commands that print the object they have made or changed. */
export const PRINT: readonly FlagSpec[] = [OUTPUT, TEMPLATE, SHOW_MANAGED, ALLOW_MISSING];

export const FILENAME: readonly FlagSpec[] = [
  { name: "filename", short: "f", kind: "list", usage: "Filename, directory, or URL to files to use" },
  { name: "kustomize", short: "k", kind: "string", usage: "Process the kustomization directory.", refused: true },
  { name: "recursive", short: "R", kind: "bool", usage: "Process the directory used in -f, --filename recursively." },
];

export const SELECTOR: FlagSpec = { name: "selector", short: "l", kind: "string", usage: "Selector (label query) to filter on" };
export const FIELD_SELECTOR: FlagSpec = { name: "field-selector", kind: "string", usage: "Selector (field query) to filter on" };
export const ALL_NAMESPACES: FlagSpec = { name: "all-namespaces", short: "A", kind: "bool", usage: "If present, list the requested object(s) across all namespaces." };
export const ALL: FlagSpec = { name: "all", kind: "bool", usage: "Select all resources, in the namespace of the specified resource types" };
export const DRY_RUN: FlagSpec = { name: "dry-run", kind: "string", default: "none", bare: "unchanged", usage: 'Must be "none", "server", or "client".' };
export const CHUNK_SIZE: FlagSpec = { name: "chunk-size", kind: "int", default: "500", usage: "Return large lists in chunks rather than all at once. Pass 0 to disable." };
export const RECORD: FlagSpec = { name: "record", kind: "bool", usage: "Record current kubectl command in the resource annotation.", refused: true };
export const SUBRESOURCE: FlagSpec = { name: "subresource", kind: "string", usage: "If specified, operate on the subresource of the requested object." };
export const LOCAL: FlagSpec = { name: "local", kind: "bool", usage: "If true, run locally: contact no server." };
export const VALIDATE: FlagSpec = { name: "validate", kind: "string", default: "strict", bare: "strict", usage: 'Must be one of: strict (or true), warn, ignore (or false).' };
export const SAVE_CONFIG: FlagSpec = { name: "save-config", kind: "bool", usage: "If true, the configuration of current object will be saved in its annotation." };
export const GRACE_PERIOD: FlagSpec = { name: "grace-period", kind: "int", default: "-1", usage: "Period of time in seconds given to the resource to terminate gracefully." };
export const POD_RUNNING_TIMEOUT: FlagSpec = { name: "pod-running-timeout", kind: "duration", default: "1m0s", usage: "The length of time to wait until at least one pod is running" };

export function fieldManager(name = "kubectl"): FlagSpec {
  return { name: "field-manager", kind: "string", default: name, usage: "Name of the manager used to track field ownership." };
}

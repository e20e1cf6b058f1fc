/** ValidateSecurityContext of a container, and of a Pod as a whole. */
import { duplicate, type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import { goDump } from "../schema/go-internal";
import type { Container, PodSpec } from "../types";
import { validateLocalPath } from "./volume";

const MOST_ID = 2_147_483_647;

function validateId(id: number | undefined, field: string): readonly FieldError[] {
  return id === undefined || (id >= 0 && id <= MOST_ID) ? [] : [invalid(field, id, `must be between 0 and ${MOST_ID}, inclusive`)];
}

type Seccomp = { readonly type?: string; readonly localhostProfile?: string };

function validateSeccomp(profile: Seccomp | undefined, field: string): readonly FieldError[] {
  if (profile === undefined) return [];
  const { type = "", localhostProfile: local } = profile;
  const types = ["Localhost", "RuntimeDefault", "Unconfined"];
  const errors: FieldError[] = types.includes(type) ? [] : [type === "" ? required(`${field}.type`, "type is required when seccompProfile is set") : notSupported(`${field}.type`, type, types)];
  if (type !== "Localhost") return local === undefined ? errors : [...errors, invalid(`${field}.localhostProfile`, goDump("SeccompProfile", profile), "can only be set when seccomp type is Localhost")];
  if (local === undefined) return [...errors, required(`${field}.localhostProfile`, "must be set when seccomp type is Localhost")];
  return [...errors, ...validateLocalPath(local, `${field}.localhostProfile`)];
}

export function validateSecurity(context: Container["securityContext"], hostUsers: boolean, field: string): readonly FieldError[] {
  if (context === undefined) return [];
  const { runAsUser, runAsGroup, procMount, seccompProfile, allowPrivilegeEscalation, privileged, capabilities } = context;
  const errors: FieldError[] = [...validateId(runAsUser, `${field}.runAsUser`), ...validateId(runAsGroup, `${field}.runAsGroup`)];
  if (procMount !== undefined && procMount !== "Default" && procMount !== "Unmasked") errors.push(notSupported(`${field}.procMount`, procMount, ["Default", "Unmasked"]));
  if (procMount === "Unmasked" && hostUsers) errors.push(invalid(`${field}.procMount`, procMount, "`hostUsers` must be false to use `Unmasked`"));
  errors.push(...validateSeccomp(seccompProfile, `${field}.seccompProfile`));
  if (allowPrivilegeEscalation !== false) return errors;
  const dump = (): unknown => goDump("SecurityContext", context);
  if (privileged) errors.push(invalid(field, dump(), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
  if (capabilities?.add?.includes("CAP_SYS_ADMIN")) errors.push(invalid(field, dump(), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"));
  return errors;
}

const SYSCTL = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const A_SYSCTL = new RegExp(SYSCTL);

export function validatePodSecurity(spec: PodSpec, field: string): readonly FieldError[] {
  const { securityContext: context, hostPID, shareProcessNamespace } = spec;
  if (context === undefined) return [];
  const { fsGroup, runAsUser, runAsGroup, supplementalGroups = [], fsGroupChangePolicy, seccompProfile } = context;
  const { supplementalGroupsPolicy, seLinuxChangePolicy } = context as { readonly supplementalGroupsPolicy?: string; readonly seLinuxChangePolicy?: string };
  const oneOf = (name: string, value: string | undefined, values: readonly string[]): readonly FieldError[] => (value === undefined || values.includes(value) ? [] : [notSupported(`${field}.${name}`, value, values)]);
  return [
    ...validateId(fsGroup, `${field}.fsGroup`),
    ...validateId(runAsUser, `${field}.runAsUser`),
    ...validateId(runAsGroup, `${field}.runAsGroup`),
    ...supplementalGroups.flatMap((group, i) => validateId(group, `${field}.supplementalGroups[${i}]`)),
    ...(hostPID && shareProcessNamespace ? [invalid(`${field}.shareProcessNamespace`, true, "ShareProcessNamespace and HostPID cannot both be enabled")] : []),
    ...validateSysctls(spec, `${field}.sysctls`),
    ...oneOf("fsGroupChangePolicy", fsGroupChangePolicy, ["Always", "OnRootMismatch"]),
    ...validateSeccomp(seccompProfile, `${field}.seccompProfile`),
    ...oneOf("supplementalGroupsPolicy", supplementalGroupsPolicy, ["Merge", "Strict"]),
    ...oneOf("seLinuxChangePolicy", seLinuxChangePolicy, ["MountOption", "Recursive"]),
  ];
}

function validateSysctls({ securityContext, hostNetwork, hostIPC }: PodSpec, field: string): readonly FieldError[] {
  const seen = new Set<string>();
  return (securityContext?.sysctls ?? []).flatMap(({ name = "" }, i) => {
    const at = `${field}[${i}].name`;
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(at));
    else if (name.length > 253 || !A_SYSCTL.test(name)) errors.push(invalid(at, name, `must have at most 253 characters and match regex ${SYSCTL}`));
    else if (seen.has(name)) errors.push(duplicate(at, name));
    const dotted = name.replaceAll("/", ".");
    if (hostNetwork && dotted.startsWith("net.")) errors.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    else if (hostIPC && /^(kernel\.(sem|shm|msg)|fs\.mqueue\.)/.test(dotted)) errors.push(invalid(at, name, "may not be specified when 'hostIPC' is true"));
    seen.add(name);
    return errors;
  });
}

/** validateWindows: what a Pod for another system cannot have. */
export function validateOs(spec: PodSpec, field: string): readonly FieldError[] {
  const { os } = spec;
  if (os === undefined) return [];
  if (!os.name) return [required(`${field}.os.name`)];
  if (os.name !== "linux" && os.name !== "windows") return [notSupported(`${field}.os`, os.name, ["linux", "windows"])];
  const cannot = (name: string): FieldError => forbiddenField(`${field}.${name}`, "cannot be set for a windows pod");
  const given = (from: object, names: readonly string[], prefix = ""): readonly FieldError[] => names.filter((name) => (from as Record<string, unknown>)[name] !== undefined).map((name) => cannot(`${prefix}${name}`));
  if (os.name === "linux") return [];
  const context = spec.securityContext ?? {};
  return [
    ...given(context, ["appArmorProfile", "seLinuxOptions"], "securityContext."),
    ...given(spec, ["hostUsers", "hostPID", "hostIPC"]),
    ...given(context, ["seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls"], "securityContext."),
    ...given(spec, ["shareProcessNamespace"]),
    ...given(context, ["runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy"], "securityContext."),
  ];
}

/** ValidateVolumes: names, exactly one source, and the sources a lab can use. */
import { duplicate, type FieldError, forbiddenField, invalid, notFoundField, notSupported, required } from "../field-error";
import { parseQuantity } from "../schema/quantity";
import type { Volume } from "../types";
import { all, validateFieldReference, validateResourceReference } from "./environment";
import { dnsLabel } from "./names";

/** In the order in which upstream looks for them, which decides what is one too many. */
const SOURCES = [
  "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi", "glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte",
  "downwardAPI", "fc", "flexVolume", "configMap", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk", "storageos", "projected", "scaleIO", "csi", "ephemeral", "image",
] as const; // biome-ignore format: a list
/** Slips of upstream's: what these are called when they are forbidden. */
const MISSPELT: Readonly<Record<string, string>> = { cephfs: "cephFS", downwardAPI: "downwarAPI" };
const MOST_MODE = 0o777;

/** Also names the volumes that are in order: only they can be mounted. */
export function validateVolumes(volumes: readonly Volume[], field: string): { readonly errors: readonly FieldError[]; readonly names: ReadonlySet<string> } {
  const names = new Set<string>();
  const errors = volumes.flatMap((volume, i) => {
    const at = `${field}[${i}]`;
    const found: FieldError[] = [...validateSource(volume, at)];
    if (!volume.name) found.push(required(`${at}.name`));
    else found.push(...all(`${at}.name`, volume.name, dnsLabel(volume.name)));
    if (names.has(volume.name)) found.push(duplicate(`${at}.name`, volume.name));
    if (found.length === 0) names.add(volume.name);
    return found;
  });
  return { errors, names };
}

function validateSource(volume: Volume, field: string): readonly FieldError[] {
  const [first, ...more] = SOURCES.filter((name) => (volume as unknown as Readonly<Record<string, unknown>>)[name] !== undefined);
  if (first === undefined) return [required(field, "must specify a volume type")];
  return [...validateOne(volume, first, field), ...more.map((name) => forbiddenField(`${field}.${MISSPELT[name] ?? name}`, "may not specify more than 1 volume type"))];
}

function validateOne(volume: Volume, source: (typeof SOURCES)[number], field: string): readonly FieldError[] {
  const at = `${field}.${source}`;
  switch (source) {
    case "emptyDir": {
      const { sizeLimit } = volume.emptyDir ?? {};
      return sizeLimit !== undefined && (parseQuantity(sizeLimit)?.nanos ?? 0n) < 0n ? [forbiddenField(`${at}.sizeLimit`, "SizeLimit field must be a valid resource quantity")] : [];
    }
    case "hostPath":
      return validateHostPath(volume.hostPath ?? { path: "" }, at);
    case "secret":
      return validateFiles(volume.secret ?? {}, volume.secret?.secretName, "secretName", at);
    case "configMap":
      return validateFiles(volume.configMap ?? {}, volume.configMap?.name, "name", at);
    case "nfs":
      return [
        ...(volume.nfs?.server ? [] : [required(`${at}.server`)]),
        ...(volume.nfs?.path ? [] : [required(`${at}.path`)]),
        ...(volume.nfs?.path?.startsWith("/") ? [] : [invalid(`${at}.path`, volume.nfs?.path ?? "", "must be an absolute path")]),
      ];
    case "persistentVolumeClaim":
      return volume.persistentVolumeClaim?.claimName ? [] : [required(`${at}.claimName`)];
    case "downwardAPI":
      return [...validateMode(volume.downwardAPI?.defaultMode, `${at}.defaultMode`), ...(volume.downwardAPI?.items ?? []).flatMap((file) => validateDownwardFile(file, at))];
    case "projected":
      return [...validateMode(volume.projected?.defaultMode, `${at}.defaultMode`), ...validateProjections(volume.projected?.sources ?? [], at)];
  }
  return [];
}

const HOST_PATH_TYPES = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

function validateHostPath({ path, type = "" }: { readonly path: string; readonly type?: string }, field: string): readonly FieldError[] {
  if (!path) return [required(`${field}.path`)];
  return [...noBacksteps(path, `${field}.path`), ...(HOST_PATH_TYPES.includes(type) ? [] : [notSupported(`${field}.type`, type, HOST_PATH_TYPES)])];
}

type File = { readonly key?: string; readonly path?: string; readonly mode?: number };
type Files = { readonly defaultMode?: number; readonly items?: readonly File[] };

function validateFiles({ defaultMode, items = [] }: Files, name: string | undefined, nameField: string, field: string): readonly FieldError[] {
  return [...(name ? [] : [required(`${field}.${nameField}`)]), ...validateMode(defaultMode, `${field}.defaultMode`), ...items.flatMap((item, i) => validateFile(item, `${field}.items[${i}]`))];
}

function validateFile({ key, path = "", mode }: File, field: string): readonly FieldError[] {
  return [...(key ? [] : [required(`${field}.key`)]), ...(path ? [] : [required(`${field}.path`)]), ...validateLocalName(path, `${field}.path`), ...validateMode(mode, `${field}.mode`)];
}

function validateMode(mode: number | undefined, field: string): readonly FieldError[] {
  return mode !== undefined && (mode < 0 || mode > MOST_MODE) ? [invalid(field, mode, "must be a number between 0 and 0777 (octal), both inclusive")] : [];
}

const IN_FILES = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

type Downward = NonNullable<NonNullable<Volume["downwardAPI"]>["items"]>[number];

/** Its complaints name the volume, not the file. */
function validateDownwardFile({ path = "", fieldRef, resourceFieldRef, mode }: Downward, field: string): readonly FieldError[] {
  const errors: FieldError[] = [...(path ? [] : [required(`${field}.path`)]), ...validateLocalName(path, `${field}.path`)];
  if (fieldRef !== undefined) {
    errors.push(...validateFieldReference(fieldRef, IN_FILES, `${field}.fieldRef`));
    if (resourceFieldRef !== undefined) errors.push(invalid(field, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
  } else if (resourceFieldRef !== undefined) errors.push(...validateResourceReference(resourceFieldRef, `${field}.resourceFieldRef`, true));
  else errors.push(required(field, "one of fieldRef and resourceFieldRef is required"));
  return [...errors, ...validateMode(mode, `${field}.mode`)];
}

type Projection = NonNullable<NonNullable<Volume["projected"]>["sources"]>[number];
const LEAST_TOKEN_SECONDS = 600;
const MOST_TOKEN_SECONDS = 2 ** 32;

function validateProjections(sources: readonly Projection[], field: string): readonly FieldError[] {
  const paths = new Set<string>();
  const taken = (path: string | undefined, shown: string): readonly FieldError[] => {
    if (!path) return [];
    if (paths.has(path)) return [invalid(field, shown, "conflicting duplicate paths")];
    paths.add(path);
    return [];
  };
  return sources.flatMap((source, i) => {
    const at = `${field}.sources[${i}]`;
    const errors: FieldError[] = [];
    for (const kind of ["secret", "configMap"] as const) {
      const { [kind]: projected } = source;
      if (projected === undefined) continue;
      const { name = "" } = projected;
      if (name === "") errors.push(required(`${at}.${kind}.name`));
      (projected.items ?? []).forEach((item, k) => errors.push(...validateFile(item, `${at}.${kind}.items[${k}]`), ...taken(item.path, name)));
    }
    for (const file of source.downwardAPI?.items ?? []) errors.push(...validateDownwardFile(file, `${at}.downwardAPI`), ...taken(file.path, file.path));
    if (source.serviceAccountToken !== undefined) errors.push(...validateToken(source.serviceAccountToken, field, `${at}.serviceAccountToken`));
    const given = Object.values(source).filter((one) => one !== undefined).length;
    return given > 1 ? [...errors, forbiddenField(at, "may not specify more than 1 volume type per source")] : errors;
  });
}

function validateToken({ expirationSeconds = 3600, path }: NonNullable<Projection["serviceAccountToken"]>, volume: string, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (expirationSeconds < LEAST_TOKEN_SECONDS) errors.push(invalid(`${field}.expirationSeconds`, expirationSeconds, "may not specify a duration less than 10 minutes"));
  if (expirationSeconds > MOST_TOKEN_SECONDS) errors.push(invalid(`${field}.expirationSeconds`, expirationSeconds, "may not specify a duration larger than 2^32 seconds"));
  return [...errors, ...(path ? validateLocalName(path, `${volume}.path`) : [required(`${volume}.path`)])];
}

function noBacksteps(path: string, field: string): readonly FieldError[] {
  return path.split("/").includes("..") ? [invalid(field, path, "must not contain '..'")] : [];
}

/** validateLocalDescendingPath: it stays below where it begins. */
export function validateLocalPath(path: string, field: string): readonly FieldError[] {
  return [...(path.startsWith("/") ? [invalid(field, path, "must be a relative path")] : []), ...noBacksteps(path, field)];
}

/** The same, and not a name that the kubelet keeps for itself. */
function validateLocalName(path: string, field: string): readonly FieldError[] {
  const kept = path.startsWith("..") && !path.startsWith("../");
  return [...validateLocalPath(path, field), ...(kept ? [invalid(field, path, "must not start with '..'")] : [])];
}

type Mount = {
  readonly name?: string;
  readonly mountPath?: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
  readonly subPathExpr?: string;
  readonly mountPropagation?: string;
  readonly recursiveReadOnly?: string;
};
type Mounting = { readonly volumeMounts?: readonly Mount[]; readonly volumeDevices?: readonly { readonly name: string; readonly devicePath: string }[]; readonly securityContext?: { readonly privileged?: boolean } };

/** ValidateVolumeMounts; where a path or a mode is wrong, upstream forgets to say in which of the mounts. */
export function validateMounts(container: Mounting, volumes: ReadonlySet<string>, field: string): readonly FieldError[] {
  const { volumeMounts = [], volumeDevices = [], securityContext } = container;
  const paths = new Set<string>();
  return volumeMounts.flatMap((mount, i) => {
    const { name = "", mountPath = "", subPath, subPathExpr, mountPropagation: propagation } = mount;
    const at = `${field}[${i}]`;
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(`${at}.name`));
    if (!volumes.has(name)) errors.push(notFoundField(`${at}.name`, name));
    if (mountPath === "") errors.push(required(`${at}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, "must be unique"));
    paths.add(mountPath);
    if (volumeDevices.some((device) => device.name === name)) errors.push(invalid(`${at}.name`, name, "must not already exist in volumeDevices"));
    if (volumeDevices.some((device) => device.devicePath === mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, "must not already exist as a path in volumeDevices"));
    if (subPath) errors.push(...validateLocalPath(subPath, `${field}.subPath`));
    if (subPathExpr && subPath) errors.push(invalid(`${at}.subPathExpr`, subPathExpr, "subPathExpr and subPath are mutually exclusive"));
    if (subPathExpr) errors.push(...validateLocalPath(subPathExpr, `${field}.subPathExpr`));
    const modes = ["Bidirectional", "HostToContainer", "None"];
    if (propagation !== undefined && !modes.includes(propagation)) errors.push(notSupported(`${field}.mountPropagation`, propagation, modes));
    if (propagation === "Bidirectional" && securityContext?.privileged !== true) errors.push(forbiddenField(`${field}.mountPropagation`, "Bidirectional mount propagation is available only to privileged containers"));
    return [...errors, ...validateRecursive(mount, `${field}.recursiveReadOnly`)];
  });
}

function validateRecursive({ recursiveReadOnly: mode, readOnly, mountPropagation = "None" }: Mount, field: string): readonly FieldError[] {
  if (mode === undefined || mode === "Disabled") return [];
  if (mode !== "Enabled" && mode !== "IfPossible") return [notSupported(field, mode, ["Disabled", "Enabled", "IfPossible"])];
  return [
    ...(readOnly ? [] : [forbiddenField(field, "may only be specified when readOnly is true")]),
    ...(mountPropagation === "None" ? [] : [forbiddenField(field, "may only be specified when mountPropagation is None or not specified")]),
  ];
}

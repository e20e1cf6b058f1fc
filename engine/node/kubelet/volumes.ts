/**
 * A Pod's volumes, as directories that its containers share: configMap, secret, emptyDir,
 * hostPath, downwardAPI and projected. Each is kept in a small tree of the Pod's own and mounted
 * from there, so that a changed ConfigMap changes the files under everybody's feet.
 *
 * Differs: other kinds are refused by name.
 */
import { wallMs } from "../../core/world";
import { FileSystem } from "../../host/fs";
import type { ConfigMap, Container, Pod, Volume } from "../../kube/types";
import { type Payload, writeAtomically } from "./atomic-writer";
import type { KubeletContext } from "./context";
import { configMapData, dataOf, secretData } from "./env";
import { fieldOf } from "./fields";
import { type ResourceField, resourceField } from "./resource-field";

/** A volume that cannot be set up yet; the message is the kubelet's. */
export class MountProblem extends Error {}

const ROOT_CA = "kube-root-ca.crt";

/** A set-up that nobody has looked at yet, and all that it depends on. */
type Waiting = { readonly pod: Pod; readonly rootCa: ConfigMap | undefined; readonly sinceMs: number };
const FILE_MODE = 0o644;

type DownwardFile = { readonly path: string; readonly mode?: number; readonly fieldRef?: { readonly fieldPath: string }; readonly resourceFieldRef?: ResourceField & { readonly containerName?: string } };
type Source = { readonly name?: string; readonly optional?: boolean; readonly items?: readonly { readonly key: string; readonly path: string; readonly mode?: number }[] };

export class PodVolumes {
  /** Made when somebody first looks, as it would have been when the volumes were set up. */
  #made: FileSystem | undefined;
  #waiting: Waiting | undefined;

  constructor(
    private readonly context: KubeletContext,
    private readonly podIP: () => string,
  ) {}

  get #tree(): FileSystem {
    if (this.#made === undefined) {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      this.#made = new FileSystem(this.context.world, undefined, waiting === undefined ? {} : { sinceMs: waiting.sinceMs });
      if (waiting !== undefined) this.#fill(waiting.pod, waiting.rootCa, waiting.sinceMs);
      this.#made.assembled();
    }
    return this.#made;
  }

  /** Makes or refreshes all of them; throws MountProblem for the first that cannot be. */
  setUp(pod: Pod): void {
    const rootCa = this.context.store.get("ConfigMap", ROOT_CA, pod.metadata.namespace);
    if (this.#made === undefined && isUsual(pod, rootCa)) {
      this.#waiting ??= { pod, rootCa, sinceMs: wallMs(this.context.world) };
      if (this.#waiting.rootCa === rootCa && this.#waiting.pod.metadata.labels === pod.metadata.labels && this.#waiting.pod.metadata.annotations === pod.metadata.annotations) return;
    }
    this.#fill(pod, rootCa);
  }

  #fill(pod: Pod, rootCa: ConfigMap | undefined, sinceMs?: number): void {
    const tree = this.#tree;
    for (const volume of pod.spec.volumes ?? []) {
      if (volume.hostPath) continue;
      const root = `/${volume.name}`;
      // What is kept in memory has the sticky bit of every tmpfs.
      const inMemory = volume.emptyDir ? volume.emptyDir.medium === "Memory" : volume.configMap === undefined;
      if (!tree.exists(root)) tree.mkdir(root, { mode: inMemory ? 0o1777 : 0o777 });
      if (volume.emptyDir) continue;
      const nowMs = sinceMs ?? wallMs(this.context.world);
      writeAtomically(tree, root, this.#filesOf(pod, volume, rootCa), { nowMs, rng: this.context.rng.fork(`${pod.metadata.uid} ${volume.name} ${nowMs}`) });
    }
  }

  #filesOf(pod: Pod, volume: Volume, rootCa: ConfigMap | undefined): Payload {
    const { configMap, secret, downwardAPI, projected } = volume;
    if (configMap) return this.#fromKeys("configmap", volume.name, configMap, configMapData(this.context, pod, configMap.name ?? ""), configMap.defaultMode);
    if (secret) return this.#fromKeys("secret", volume.name, { ...secret, ...(secret.secretName !== undefined && { name: secret.secretName }) }, secretData(this.context, pod, secret.secretName ?? ""), secret.defaultMode);
    if (downwardAPI) return this.#fromFields(pod, downwardAPI.items ?? [], downwardAPI.defaultMode);
    if (projected) return new Map((projected.sources ?? []).flatMap((source) => [...this.#projected(pod, volume.name, source, rootCa, projected.defaultMode)]));
    const kind = Object.keys(volume).find((key) => key !== "name") ?? "nothing";
    throw new MountProblem(`MountVolume.SetUp failed for volume "${volume.name}" : not modelled: volumes of kind ${kind}`);
  }

  #projected(pod: Pod, volume: string, source: NonNullable<NonNullable<Volume["projected"]>["sources"]>[number], rootCa: ConfigMap | undefined, mode: number | undefined): Payload {
    const { configMap, secret, downwardAPI, serviceAccountToken } = source;
    if (configMap) return this.#fromKeys("configmap", volume, configMap, configMap.name === ROOT_CA ? rootCaData(rootCa) : configMapData(this.context, pod, configMap.name ?? ""), mode);
    if (secret) return this.#fromKeys("secret", volume, secret, secretData(this.context, pod, secret.name ?? ""), mode);
    if (downwardAPI) return this.#fromFields(pod, downwardAPI.items ?? [], mode);
    if (serviceAccountToken) return new Map([[serviceAccountToken.path, { data: `${pod.spec.serviceAccountName ?? "default"}.${pod.metadata.uid}`, mode: mode ?? FILE_MODE }]]);
    return new Map();
  }

  #fromKeys(kind: "configmap" | "secret", volume: string, { name = "", optional, items }: Source, data: ReadonlyMap<string, string> | undefined, defaultMode = FILE_MODE): Payload {
    if (data === undefined) {
      if (optional) return new Map();
      throw new MountProblem(`MountVolume.SetUp failed for volume "${volume}" : ${kind} "${name}" not found`);
    }
    if (items === undefined) return new Map([...data].map(([key, text]) => [key, { data: text, mode: defaultMode }]));
    return new Map(
      items.flatMap(({ key, path, mode = defaultMode }) => {
        const value = data.get(key);
        if (value === undefined && !optional) throw new MountProblem(`MountVolume.SetUp failed for volume "${volume}" : ${kind === "secret" ? "references non-existent secret" : "configmap references non-existent config"} key: ${key}`);
        return value === undefined ? [] : [[path, { data: value, mode }] as const];
      }),
    );
  }

  #fromFields(pod: Pod, items: readonly DownwardFile[], defaultMode = FILE_MODE): Payload {
    return new Map(
      items.flatMap(({ path, fieldRef, resourceFieldRef, mode = defaultMode }) => {
        if (fieldRef) return [[path, { data: fieldOf(this.context, pod, fieldRef.fieldPath, this.podIP()), mode }] as const];
        const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(({ name }) => name === resourceFieldRef?.containerName);
        const amount = container && resourceFieldRef && resourceField(this.context, container, resourceFieldRef);
        return amount === undefined ? [] : [[path, { data: amount, mode }] as const];
      }),
    );
  }

  /** Puts the volumes where one container wants them. */
  mount(pod: Pod, { volumeMounts = [] }: Container, fs: FileSystem): void {
    const readOnlyPaths: string[] = [];
    for (const { name, mountPath, subPath, readOnly } of volumeMounts) {
      const volume = (pod.spec.volumes ?? []).find((each) => each.name === name);
      if (volume === undefined) continue;
      const tree = volume.hostPath ? this.context.machine.fs : this.#tree;
      const from = `${volume.hostPath ? volume.hostPath.path.replace(/\/$/, "") : `/${name}`}${subPath ? `/${subPath}` : ""}` || "/";
      if (!tree.exists(from)) this.#missing(tree, from, volume);
      const at = mountPath.replace(/(.)\/$/, "$1");
      // A file of a ConfigMap by subPath is the one of this moment: later ones are other files, which nobody mounts.
      if (subPath && !volume.hostPath && !volume.emptyDir && !tree.isDirectory(from)) snapshot(tree, from, fs, at);
      else fs.mount(at, tree.inode(from));
      if (readOnly || !(volume.hostPath || volume.emptyDir)) readOnlyPaths.push(at);
    }
    for (const path of readOnlyPaths) fs.seal(path);
  }

  #missing(tree: FileSystem, from: string, { name, hostPath }: Volume): void {
    const kind = hostPath?.type ?? "";
    if (kind === "Directory" || kind === "File" || kind === "Socket") throw new MountProblem(`MountVolume.SetUp failed for volume "${name}" : hostPath type check failed: ${from} is not a ${kind.toLowerCase()}`);
    if (kind === "FileOrCreate") tree.writeFile(from, "");
    else tree.mkdir(from, { parents: true });
  }
}

function snapshot(tree: FileSystem, from: string, fs: FileSystem, at: string): void {
  fs.mkdir(at.slice(0, at.lastIndexOf("/")) || "/", { parents: true });
  fs.writeFile(at, tree.readFile(from), { mode: tree.stat(from).mode });
}

/** Every namespace has it in life, made by a controller; only its content matters to nobody here. */
function rootCaData(found: ConfigMap | undefined): ReadonlyMap<string, string> {
  return found === undefined ? new Map([["ca.crt", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"]]) : dataOf(found);
}

/** Nothing in them can be missing: what every Pod gets from its service account, and empty folders. */
function isUsual({ spec }: Pod, rootCa: ConfigMap | undefined): boolean {
  const hasKeys = (items: Source["items"] = []): boolean => items.every(({ key }) => key === "ca.crt" && rootCa?.data?.[key] !== undefined);
  return (spec.volumes ?? []).every(({ emptyDir, projected }) => {
    if (projected?.sources === undefined) return emptyDir !== undefined;
    return projected.sources.every(({ serviceAccountToken, downwardAPI, configMap }) => serviceAccountToken ?? downwardAPI ?? (configMap?.name === ROOT_CA && hasKeys(configMap.items)));
  });
}

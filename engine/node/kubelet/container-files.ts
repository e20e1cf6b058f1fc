/**
 * A container's file system: its image's programs and files, what the kubelet writes into /etc,
 * and the Pod's volumes on top.
 */
import type { Image } from "../../apps/image";
import type { FileSystem } from "../../host/fs";
import type { Machine } from "../../host/machine";
import type { Program } from "../../host/proc";
import { rootFiles } from "../../host/root-files";
import type { Container, Pod } from "../../kube/types";
import type { PodContainer } from "./container";
import { hostnameOf } from "./env";
import { etcHosts, nodeHosts } from "./files";
import type { PodWorker } from "./pod-worker";

/** May be made long after the container: all that it is made of is as it was then. */
export function containerFiles({ context, pod, sandbox, volumes }: Pick<PodWorker, "context" | "pod" | "sandbox" | "volumes">, { spec }: PodContainer, image: Image, machine: Machine): FileSystem {
  const fs = rootFiles(machine);
  for (const [path, program] of Object.entries(image.executables ?? {})) fs.addProgram(path, program);
  for (const [path, content] of Object.entries(image.files ?? {})) {
    fs.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { parents: true });
    fs.writeFile(path, content);
  }
  fs.writeFile("/etc/resolv.conf", sandbox?.resolvConf ?? "");
  fs.writeFile("/etc/hosts", pod.spec.hostNetwork ? nodeHosts(context, pod) : etcHosts(context, pod, sandbox?.ip ?? ""));
  fs.writeFile("/etc/hostname", `${pod.spec.hostNetwork ? context.machine.hostname : hostnameOf(pod)}\n`);
  if (spec.terminationMessagePath) {
    fs.mkdir(spec.terminationMessagePath.slice(0, spec.terminationMessagePath.lastIndexOf("/")) || "/", { parents: true });
    fs.writeFile(spec.terminationMessagePath, "");
  }
  volumes.mount(pod, spec, fs);
  return fs;
}

/** False when its files depend on what is on the node at this moment: they are made at once, then. */
export function canWait({ spec }: Pod, { volumeMounts = [] }: Container): boolean {
  return !spec.hostNetwork && !volumeMounts.some(({ subPath }) => subPath) && !(spec.volumes ?? []).some(({ hostPath }) => hostPath);
}

/** The program that an image has at a path, unless a volume may lie over it. */
export function programOf({ programs, executables = {}, files = {} }: Image, { volumeMounts = [] }: Container, path: string): Program | undefined {
  if (Object.hasOwn(files, path) || volumeMounts.some(({ mountPath }) => path.startsWith(mountPath))) return undefined;
  if (Object.hasOwn(executables, path)) return executables[path];
  const name = path.startsWith(BIN) ? path.slice(BIN.length) : "";
  return programs.findLast((program) => program.name === name);
}

const BIN = "/usr/bin/";

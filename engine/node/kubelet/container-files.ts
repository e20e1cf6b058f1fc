/**
 * A container's file system: its image's programs and files, what the kubelet writes into /etc,
 * and the Pod's volumes on top.
 */
import type { Image } from "../../apps/image";
import type { FileSystem } from "../../host/fs";
import type { Machine } from "../../host/machine";
import { rootFiles } from "../../host/root-files";
import type { PodContainer } from "./container";
import { hostnameOf } from "./env";
import { etcHosts, nodeHosts, resolvConf } from "./files";
import type { PodWorker } from "./pod-worker";

export function containerFiles({ context, pod, sandbox, volumes }: PodWorker, { spec }: PodContainer, image: Image, machine: Machine): FileSystem {
  const fs = rootFiles(machine);
  for (const [path, program] of Object.entries(image.executables ?? {})) fs.addProgram(path, program);
  for (const [path, content] of Object.entries(image.files ?? {})) {
    fs.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { parents: true });
    fs.writeFile(path, content);
  }
  fs.writeFile("/etc/resolv.conf", resolvConf(context, pod));
  fs.writeFile("/etc/hosts", pod.spec.hostNetwork ? nodeHosts(context, pod) : etcHosts(context, pod, sandbox?.ip ?? ""));
  fs.writeFile("/etc/hostname", `${pod.spec.hostNetwork ? context.machine.hostname : hostnameOf(pod)}\n`);
  volumes.mount(pod, spec, fs);
  return fs;
}

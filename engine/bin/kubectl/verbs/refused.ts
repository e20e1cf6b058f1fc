/** Commands a real kubectl has and this one has not: listed, and refused by name. */
import type { Command } from "../command";

function refused(name: string, summary: string): Command {
  return { name, summary, usage: `${name} [options]`, refused: true };
}

export const autoscale = refused("autoscale", "Auto-scale a deployment, replica set, stateful set, or replication controller");
export const certificate = refused("certificate", "Modify certificate resources");
export const completionCommand = refused("completion", "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)");
export const kustomize = refused("kustomize", "Build a kustomization target from a directory or URL");
export const plugin = refused("plugin", "Provides utilities for interacting with plugins");
export const proxy = refused("proxy", "Run a proxy to the Kubernetes API server");

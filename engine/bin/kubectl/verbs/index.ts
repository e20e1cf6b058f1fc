/** Every command of kubectl, in the order kubectl itself lists them. */
import type { Command } from "../command";
import { annotate } from "./annotate";
import { apply } from "./apply";
import { attach } from "./attach";
import { auth } from "./auth";
import { apiResources, apiVersions, clusterInfo, options, top, version } from "./cluster";
import { config } from "./config";
import { cp } from "./cp";
import { create } from "./create/index";
import { debug } from "./debug/index";
import { deleteCommand } from "./delete";
import { describe } from "./describe";
import { diff } from "./diff";
import { edit } from "./edit";
import { events } from "./events";
import { exec } from "./exec";
import { explain } from "./explain";
import { expose } from "./expose";
import { get } from "./get";
import { label } from "./label";
import { logs } from "./logs";
import { cordon, drain, uncordon } from "./nodes";
import { patch } from "./patch";
import { portForward } from "./port-forward";
import { autoscale, certificate, completionCommand, kustomize, plugin, proxy } from "./refused";
import { replace } from "./replace";
import { rollout } from "./rollout/index";
import { run } from "./run";
import { scale } from "./scale";
import { set } from "./set/index";
import { taint } from "./taint";
import { wait } from "./wait";

export const COMMANDS: readonly Command[] = [
  // Basic, for beginners.
  create,
  expose,
  run,
  set,
  // Basic.
  explain,
  get,
  edit,
  deleteCommand,
  // Deploy.
  rollout,
  scale,
  autoscale,
  // Cluster management.
  certificate,
  clusterInfo,
  top,
  cordon,
  uncordon,
  drain,
  taint,
  // Troubleshooting and debugging.
  describe,
  logs,
  attach,
  exec,
  portForward,
  proxy,
  cp,
  auth,
  debug,
  events,
  // Advanced.
  diff,
  apply,
  patch,
  replace,
  wait,
  kustomize,
  // Settings.
  label,
  annotate,
  completionCommand,
  // Other.
  apiResources,
  apiVersions,
  config,
  plugin,
  version,
  options,
];

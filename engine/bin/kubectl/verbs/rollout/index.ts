/** `kubectl rollout`. */
import type { Command } from "../../command";
import { pause, restart, resume } from "./change";
import { history, undo } from "./history";
import { status } from "./status";

export const rollout: Command = {
  name: "rollout",
  summary: "Manage the rollout of a resource",
  usage: "rollout SUBCOMMAND [options]",
  commands: [history, pause, restart, resume, status, undo],
};

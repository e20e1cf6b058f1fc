/** `kubectl set`. */
import type { Command } from "../../command";
import { env } from "./env";
import { image, resources, serviceAccount } from "./image";
import { selector } from "./selector";
import { subject } from "./subject";

export const set: Command = { name: "set", summary: "Set specific features on objects", usage: "set SUBCOMMAND [options]", commands: [env, image, resources, selector, serviceAccount, subject] };

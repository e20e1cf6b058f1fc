import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { newWorld } from "../../../test/support/world";
import { Netns } from "../../net/netns";
import { runBridge } from "../bridge";
import { runIp } from "./run";

/** The recorded session: each command with what the real tool printed and how it ended. */
function session(): { command: string; expected: string }[] {
  const text = readFileSync(new URL("../../../test/conformance/iproute2/session.txt", import.meta.url), "utf8");
  return text.split(/^\$ /m).slice(1).map((block) => {
    const [command = "", ...rest] = block.split("\n");
    return { command, expected: inOrder(command, rest.join("\n")) };
  });
}

/** The kernel lists neighbours in the order of a salted hash. */
function inOrder(command: string, printed: string): string {
  if (!command.startsWith("ip neigh show")) return printed;
  const lines = printed.split("\n");
  return [...lines.slice(0, -2).sort(), ...lines.slice(-2)].join("\n");
}

function run(ns: Netns, command: string): string {
  const [tool, ...argv] = command.split(/\s+/);
  const result = tool === "bridge" ? runBridge(ns, argv) : runIp(ns, argv);
  if ("exec" in result) return "exec\n";
  // The shell that recorded it dropped empty lines at the end.
  const printed = (result.stdout + result.stderr).replace(/\n+$/, "\n");
  return inOrder(command, `${printed === "\n" ? "" : printed}[${result.exit}]\n`);
}

test("ip and bridge print what iproute2 printed on Linux, command after command", () => {
  const ns = new Netns(newWorld(), "host");
  run(ns, "ip netns add first");
  const commands = session();
  const printed = commands.map(({ command }) => `$ ${command}\n${run(ns, command)}`).join("");
  expect(commands.length).toBeGreaterThan(150);
  expect(printed).toBe(commands.map(({ command, expected }) => `$ ${command}\n${expected}`).join(""));
});

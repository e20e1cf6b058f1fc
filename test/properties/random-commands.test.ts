/**
 * Whatever is typed, nothing breaks and nothing hangs: random commands of every tool there is,
 * with arguments that are sometimes right. A failing seed is printed with the line that did it.
 *
 * PODPATH_SECONDS says how long it goes on (a minute in CI would be `PODPATH_SECONDS=60`).
 */
import path from "node:path";
import { expect, test } from "vitest";
import { findLab } from "@/app/_cli/lab-files";
import { openSession, typeLine } from "@/engine";
import { allPrograms } from "@/engine/bin/index";
import { Rng } from "@/engine/core/rng";

const SECONDS = Number(process.env["PODPATH_SECONDS"] ?? (process.env["CI"] === "true" ? 60 : 8));
const { files } = findLab(path.resolve(import.meta.dirname, "../.."), "sandbox");

const TOOLS = [...new Set([...allPrograms.map(({ name }) => name), "kubectl", "kubectl", "kubectl", "kubectl", "bash", "ssh"])];
const WORDS = [
  ..."-a -n -l -v -t nat -L -A INPUT -s -d -p tcp --dport -j DROP KUBE-SERVICES -m comment statistic add del show replace addr link route neigh dev eth0 cni0 lo flannel.1".split(" "),
  ..."get describe delete patch apply create pods svc deploy nodes endpointslices -o yaml wide json jsonpath={.items[*]} -A --all web coredns kube-dns -w=false --help --version".split(" "),
  ..."10.96.0.10 10.244.1.2 127.0.0.1 0.0.0.0/0 192.168.50.11:80 http://10.96.0.1 example.com kube-dns.kube-system 80 53 0 1 -1 99999 1e9 65536".split(" "),
  ..."/ /etc /etc/hosts /proc/net/tcp /nonexistent . .. - -- -c 1 -w 1 -i any foo bar=baz {} [ ] ( ) * ? \\ ' \" $HOME $(date) `id` é 日本 \t".split(" "),
];

function randomLine(rng: Rng): string {
  const word = (): string => {
    const chosen = WORDS[rng.below(WORDS.length)] ?? "";
    return rng.below(6) === 0 ? chosen + (WORDS[rng.below(WORDS.length)] ?? "") : chosen;
  };
  const command = (): string => [TOOLS[rng.below(TOOLS.length)], ...Array.from({ length: rng.below(6) }, word)].join(" ");
  const glue = [" | ", " && ", "; ", " > /tmp/f ", " < /etc/hosts | ", " || "];
  return rng.below(3) === 0 ? command() + (glue[rng.below(glue.length)] ?? "") + command() : command();
}

test(`random commands of every tool, for ${SECONDS} seconds`, { timeout: (SECONDS + 60) * 1000 }, () => {
  const end = performance.now() + SECONDS * 1000;
  let lines = 0;
  for (let seed = 1; performance.now() < end; seed++) {
    const rng = new Rng(seed);
    const session = openSession(files, { seed });
    for (let i = 0; i < 60 && performance.now() < end; i++, lines++) {
      // What waits for input or for ever is interrupted after a while, as a person would.
      const line = `timeout 20 bash -c ${quoted(randomLine(rng))} </dev/null`;
      try {
        const { stderr } = typeLine(session, "bastion", line);
        expect(stderr, line).not.toMatch(/internal error|is not a function|undefined \(reading|it did not end/);
      } catch (problem) {
        throw new Error(`seed ${seed}, line ${i}: ${line}`, { cause: problem });
      }
    }
  }
  expect(lines).toBeGreaterThan(0);
});

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * How long the recorder takes over what costs the emulator nothing: building namespaces, starting
 * tcpdump, a shell, a tool. What counts seconds (IPVS' time-outs, its estimator) shows it.
 *
 * The ordinary truths are recorded on an ordinary machine; IPVS needs a kernel of its own, in a
 * virtual machine whose processor is emulated, and there a process takes many times as long.
 */
import type { ProbeSpec, Scenario } from "./scenario-spec";

export type Pace = {
  /** Namespaces, links and addresses, all together. */
  readonly setupMs: number;
  /** Each program that loads a host's rules, sets or services. */
  readonly restoreMs: number;
  /** Each tcpdump. */
  readonly captureMs: number;
  /** A shell, before its first command and after its last. */
  readonly shellMs: number;
  readonly endMs: number;
  /** Each program it starts: a tool with its libraries, or an applet of busybox. */
  readonly programMs: number;
  readonly appletMs: number;
  /** Each tool that is asked for the state of a host in the end. */
  readonly reportMs: number;
  /** What a probe takes beside its waiting, and what it takes to open a connection. */
  readonly probeMs: Readonly<Record<NonNullable<ProbeSpec["proto"]>, number>>;
  /** A TCP probe that says something and waits for the answer. */
  readonly exchangeMs: number;
  readonly openMs: number;
};

/** All that happens within one jiffy (4 ms) finds the same tokens in a peer's purse of ICMP errors. */
const MACHINE: Pace = { setupMs: 0, restoreMs: 0, captureMs: 0, shellMs: 40, endMs: 10, programMs: 0, appletMs: 0, reportMs: 0, probeMs: { tcp: 0.24, udp: 0.14, icmp: 0.52, rawtcp: 0.42 }, exchangeMs: 0.24, openMs: 0 };
/**
 * From how long the recordings took, and from the costs of single steps in the same virtual machine (they are all of them in
 * proportion). With these numbers the clocks of nearly all recordings come out to the second.
 */
const VIRTUAL_MACHINE: Pace = { setupMs: 440, restoreMs: 76, captureMs: 82, shellMs: 54, endMs: 3, programMs: 38, appletMs: 5, reportMs: 36, probeMs: { tcp: 2.2, udp: 3, icmp: 12, rawtcp: 7 }, exchangeMs: 12.7, openMs: 2 };
/** While tcpdump listens, all the rest takes so much longer. */
const CAPTURED = 1.2;

/** Some host balances with IPVS. */
export const hasIpvs = ({ hosts }: Scenario): boolean => Object.values(hosts).some(({ ipvs }) => ipvs !== undefined);

export function paceOf(scenario: Scenario): Pace {
  if (!hasIpvs(scenario)) return MACHINE;
  return scenario.capture === undefined ? VIRTUAL_MACHINE : slower(VIRTUAL_MACHINE, CAPTURED);
}

function slower({ setupMs, probeMs, ...rest }: Pace, by: number): Pace {
  const { tcp, udp, icmp, rawtcp } = probeMs;
  const { restoreMs, captureMs, shellMs, endMs, programMs, appletMs, reportMs, exchangeMs, openMs } = rest;
  return {
    setupMs,
    restoreMs: restoreMs * by,
    captureMs: captureMs * by,
    shellMs: shellMs * by,
    endMs: endMs * by,
    programMs: programMs * by,
    appletMs: appletMs * by,
    reportMs: reportMs * by,
    probeMs: { tcp: tcp * by, udp: udp * by, icmp: icmp * by, rawtcp: rawtcp * by },
    exchangeMs: exchangeMs * by,
    openMs: openMs * by,
  };
}

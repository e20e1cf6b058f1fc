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
  /** Each program it starts. */
  readonly programMs: number;
  /** Each tool that is asked for the state of a host in the end. */
  readonly reportMs: number;
  /** What a probe takes beside its waiting, and what it takes to open a connection. */
  readonly probeMs: Readonly<Record<NonNullable<ProbeSpec["proto"]>, number>>;
  readonly openMs: number;
};

/** All that happens within one jiffy (4 ms) finds the same tokens in a peer's purse of ICMP errors. */
const MACHINE: Pace = { setupMs: 0, restoreMs: 0, captureMs: 0, shellMs: 40, endMs: 10, programMs: 0, reportMs: 0, probeMs: { tcp: 0.24, udp: 0.14, icmp: 0.52, rawtcp: 0.42 }, openMs: 0 };
/** As the recordings themselves tell it: with these numbers the clocks of nearly all of them come out to the second. */
const VIRTUAL_MACHINE: Pace = { setupMs: 383.3, restoreMs: 68.4, captureMs: 98.5, shellMs: 51.8, endMs: 17.1, programMs: 41.9, reportMs: 41.6, probeMs: { tcp: 9.2, udp: 1.5, icmp: 91.7, rawtcp: 10.3 }, openMs: 20.5 };

/** Some host balances with IPVS. */
export const hasIpvs = ({ hosts }: Scenario): boolean => Object.values(hosts).some(({ ipvs }) => ipvs !== undefined);

export const paceOf = (scenario: Scenario): Pace => (hasIpvs(scenario) ? VIRTUAL_MACHINE : MACHINE);

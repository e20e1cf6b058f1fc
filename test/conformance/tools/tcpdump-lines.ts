/** Command lines of tcpdump made of chance: options, and filter expressions by pcap-filter(7)'s grammar, with nonsense now and then. */
import type { Rng } from "@/engine/core/rng";
import { CAPTURES } from "./capture-files";

const OPTIONS = ["-e", "-v", "-vv", "-vvv", "-q", "-t", "-tt", "-ttt", "-tttt", "-ttttt", "-S", "-K", "-A", "-AA", "-x", "-xx", "-X", "-XX", "-#", "-l", "-U", "-N", "-c 3", "-c 20", "-s 60", "-s 0", "-O", "-p", "--count", "--nano", "--micro", "-u", "-H", "-b", "-L", "-y EN10MB"];
const HOSTS = ["10.1.1.2", "10.1.2.2", "10.1.1.1", "10.244.1.5", "10.96.0.10", "10.244.1.1", "192.168.50.11", "10.50.0.2", "10.1.1", "10.244"];
const NETS = ["10.1.1.0/24", "10.1.2", "10", "10.244.0.0/16", "10.96.0.0 mask 255.240.0.0", "192.168", "10.1.1.2/24", "0.0.0.0/0"];
const PORTS = ["80", "53", "443", "http", "domain", "ssh", "4789", "8472", "5353", "40001", "123", "70000", "nosuch", "0x50"];
const RANGES = ["1-1023", "80-90", "40000-50000", "90-80", "80", "http-https"];
const PROTOCOLS = ["tcp", "udp", "icmp", "ip", "arp", "ip6", "igmp", "sctp", "rarp", "icmp6"];
const DIRECTIONS = ["", "", "", "src ", "dst ", "src or dst ", "src and dst "];
/** With how many bytes each has at least: what lies behind may or may not be looked at, as the optimizer finds. */
const LAYERS = [["tcp", 20], ["udp", 8], ["icmp", 8], ["ip", 20], ["ether", 42], ["arp", 28]] as const;
const NUMBERS = ["0", "1", "2", "5", "6", "8", "16", "17", "0x1f", "0x1fff", "20", "64", "100", "512", "0x0800", "tcp-syn", "tcp-ack", "icmp-echo"];
const FIELDS = ["tcp[tcpflags]", "icmp[icmptype]", "icmp[icmpcode]", "ip[6:2]", "ip[2:2]", "ip[8]", "ip[9]", "tcp[12]", "udp[4:2]", "len", "ether[12:2]", "arp[6:2]", "tcp[2:2]", "ip[0]"];
const OTHERS = ["less 60", "greater 100", "broadcast", "multicast", "ip broadcast", "ip multicast", "vlan", "inbound", "outbound", "ether host 02:00:00:00:01:02", "ether src 02:00:00:00:00:0a", "ether proto 0x806", "ip proto 17", "proto \\tcp", "ip proto \\icmp", "ifindex 2"];
const NONSENSE = ["foo", "tcp and", "host", "port", "(", "tcp udp", "tcp[13", "icmp port 80", "tcp host 10.1.1.1", "host 10.1.1.256", "host 02:00:00:00:00:01", "tcp[1:3] = 1", "portrange x-y", "and tcp"];

export class Lines {
  constructor(private readonly rng: Rng) {}

  #one<T>(list: readonly T[]): T {
    return list[this.rng.below(list.length)] as T;
  }

  #chance(percent: number): boolean {
    return this.rng.below(100) < percent;
  }

  /** The capture's name and what stands behind `tcpdump -r FILE`. */
  line(): { readonly capture: string; readonly words: string } {
    const capture = this.#one(CAPTURES);
    const options = new Set(["-n", ...Array.from({ length: this.rng.below(4) }, () => this.#one(OPTIONS))].filter((option) => capture !== "any" || option !== "-y EN10MB"));
    const filter = this.#chance(85) ? ` '${this.#filter(2)}'` : "";
    return { capture, words: `${[...options].join(" ")}${filter}` };
  }

  #filter(depth: number): string {
    if (this.#chance(4)) return this.#one(NONSENSE);
    if (depth === 0 || this.#chance(40)) return this.#primitive();
    const [a, b] = [this.#filter(depth - 1), this.#filter(depth - 1)];
    return this.#one([`${a} and ${b}`, `${a} or ${b}`, `not ${a}`, `(${a} or ${b})`, `${a} && not ${b}`, `!(${a}) || ${b}`]);
  }

  #primitive(): string {
    const direction = this.#one(DIRECTIONS);
    switch (this.rng.below(8)) {
      case 0:
        return this.#one(PROTOCOLS);
      case 1:
        return `${direction}host ${this.#one(HOSTS)}`;
      case 2:
        return `${direction}net ${this.#one(NETS)}`;
      case 3:
        return `${this.#one(["", "tcp ", "udp "])}${direction}port ${this.#one(PORTS)}`;
      case 4:
        return `${this.#one(["", "tcp ", "udp "])}${direction}portrange ${this.#one(RANGES)}`;
      case 5:
        return this.#one(OTHERS);
      default:
        return `${this.#arithmetic()} ${this.#one(["=", "!=", ">", "<", ">=", "<=", "=="])} ${this.#one(NUMBERS)}`;
    }
  }

  #arithmetic(): string {
    const [layer, bytes] = this.#one(LAYERS);
    const field = this.#chance(60) ? this.#one(FIELDS) : `${layer}[${this.rng.below(bytes - 3)}${this.#one(["", ":1", ":2", ":4"])}]`;
    if (this.#chance(50)) return field;
    const sign = this.#one(["&", "|", "+", "-", "*", ">>", "<<"]);
    return `${field} ${sign} ${this.#one(["1", "2", "0xf", "0x3f", "(tcp-syn|tcp-fin)", "4"])}`;
  }
}

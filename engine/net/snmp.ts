/**
 * What the stack counts, under the names of /proc/net/snmp and /proc/net/netstat (RFC 1213 and
 * Linux's additions). `nstat` and `netstat -s` print these; nothing else depends on them.
 */
const IP = { InReceives: 0, InHdrErrors: 0, InAddrErrors: 0, ForwDatagrams: 0, InUnknownProtos: 0, InDiscards: 0, InDelivers: 0, OutRequests: 0, OutDiscards: 0, OutNoRoutes: 0, ReasmTimeout: 0, ReasmReqds: 0, ReasmOKs: 0, ReasmFails: 0, FragOKs: 0, FragFails: 0, FragCreates: 0, OutTransmits: 0 };
const ICMP = { InMsgs: 0, InErrors: 0, InDestUnreachs: 0, InTimeExcds: 0, InParmProbs: 0, InSrcQuenchs: 0, InRedirects: 0, InEchos: 0, InEchoReps: 0, OutMsgs: 0, OutErrors: 0, OutRateLimitGlobal: 0, OutRateLimitHost: 0, OutDestUnreachs: 0, OutTimeExcds: 0, OutParmProbs: 0, OutSrcQuenchs: 0, OutRedirects: 0, OutEchos: 0, OutEchoReps: 0 };
const TCP = { ActiveOpens: 0, PassiveOpens: 0, AttemptFails: 0, EstabResets: 0, CurrEstab: 0, InSegs: 0, OutSegs: 0, RetransSegs: 0, InErrs: 0, OutRsts: 0 };
const UDP = { InDatagrams: 0, NoPorts: 0, InErrors: 0, OutDatagrams: 0, RcvbufErrors: 0, SndbufErrors: 0 };
const IP_EXT = { InNoRoutes: 0, IPReversePathFilter: 0, TcpExtSyncookiesSent: 0, TcpExtSyncookiesRecv: 0, TcpExtSyncookiesFailed: 0, TcpExtEmbryonicRsts: 0, TcpExtListenOverflows: 0, TcpExtListenDrops: 0, TcpExtLockDroppedIcmps: 0, TcpExtTimeouts: 0, TcpExtTCPReqQFullDoCookies: 0, TcpExtTCPReqQFullDrop: 0 };

export type Snmp = { readonly ip: typeof IP; readonly icmp: typeof ICMP; readonly tcp: typeof TCP; readonly udp: typeof UDP; readonly ext: typeof IP_EXT };

export function newSnmp(): Snmp {
  return { ip: { ...IP }, icmp: { ...ICMP }, tcp: { ...TCP }, udp: { ...UDP }, ext: { ...IP_EXT } };
}

/** As nstat(8) names them, in its order: those of the tables above, and no others. */
export function counters({ ip, icmp, tcp, udp, ext }: Snmp): (readonly [name: string, value: number])[] {
  const group = (prefix: string, table: Readonly<Record<string, number>>): (readonly [string, number])[] => Object.entries(table).map(([name, value]) => [prefix + name, value] as const);
  // CurrEstab is a gauge; nstat leaves it out.
  const { CurrEstab: _, ...segments } = tcp;
  return [
    ...group("Ip", ip),
    ...group("Icmp", icmp),
    ...group("Tcp", segments),
    ...group("Udp", udp),
    ["TcpExtSyncookiesSent", ext.TcpExtSyncookiesSent],
    ["TcpExtSyncookiesRecv", ext.TcpExtSyncookiesRecv],
    ["TcpExtSyncookiesFailed", ext.TcpExtSyncookiesFailed],
    ["TcpExtEmbryonicRsts", ext.TcpExtEmbryonicRsts],
    ["TcpExtLockDroppedIcmps", ext.TcpExtLockDroppedIcmps],
    ["TcpExtListenOverflows", ext.TcpExtListenOverflows],
    ["TcpExtListenDrops", ext.TcpExtListenDrops],
    ["TcpExtTCPTimeouts", ext.TcpExtTimeouts],
    ["TcpExtTCPReqQFullDoCookies", ext.TcpExtTCPReqQFullDoCookies],
    ["TcpExtTCPReqQFullDrop", ext.TcpExtTCPReqQFullDrop],
    ["TcpExtIPReversePathFilter", ext.IPReversePathFilter],
    ["IpExtInNoRoutes", ext.InNoRoutes],
  ];
}

/**
 * The knobs of net.netfilter.*: time-outs in seconds, and how conntrack behaves. Names and
 * defaults are those of nf_conntrack_standalone.c; where no one has changed them, Linux 6.x's.
 */
export type ConntrackSettings = {
  acct: number;
  buckets: number;
  checksum: number;
  events: number;
  expect_max: number;
  generic_timeout: number;
  icmp_timeout: number;
  log_invalid: number;
  max: number;
  tcp_be_liberal: number;
  tcp_ignore_invalid_rst: number;
  tcp_loose: number;
  tcp_max_retrans: number;
  tcp_timeout_close: number;
  tcp_timeout_close_wait: number;
  tcp_timeout_established: number;
  tcp_timeout_fin_wait: number;
  tcp_timeout_last_ack: number;
  tcp_timeout_max_retrans: number;
  tcp_timeout_syn_recv: number;
  tcp_timeout_syn_sent: number;
  tcp_timeout_time_wait: number;
  tcp_timeout_unacknowledged: number;
  timestamp: number;
  udp_timeout: number;
  udp_timeout_stream: number;
};

export type ConntrackSetting = keyof ConntrackSettings;

/** What all namespaces of one kernel share: the size of the table and what fits into it. */
export type ConntrackLimits = { max: number; buckets: number };

/** A machine with more than 4 GiB of memory: 262,144 buckets, and as many connections. */
export const DEFAULT_LIMITS: ConntrackLimits = { max: 262_144, buckets: 262_144 };

export function defaultSettings(limits: ConntrackLimits): ConntrackSettings {
  return {
    acct: 0,
    buckets: limits.buckets,
    checksum: 1,
    events: 2,
    expect_max: 4096,
    generic_timeout: 600,
    icmp_timeout: 30,
    log_invalid: 0,
    max: limits.max,
    tcp_be_liberal: 0,
    tcp_ignore_invalid_rst: 0,
    tcp_loose: 1,
    tcp_max_retrans: 3,
    tcp_timeout_close: 10,
    tcp_timeout_close_wait: 60,
    tcp_timeout_established: 432_000,
    tcp_timeout_fin_wait: 120,
    tcp_timeout_last_ack: 30,
    tcp_timeout_max_retrans: 300,
    tcp_timeout_syn_recv: 60,
    tcp_timeout_syn_sent: 120,
    tcp_timeout_time_wait: 120,
    tcp_timeout_unacknowledged: 300,
    timestamp: 0,
    udp_timeout: 30,
    udp_timeout_stream: 120,
  };
}

/** Indexed by TCP state; SYN_SENT2 lives as long as SYN_SENT. */
export function tcpTimeout(settings: ConntrackSettings, state: number): number {
  switch (state) {
    case 1:
    case 9:
      return settings.tcp_timeout_syn_sent;
    case 2:
      return settings.tcp_timeout_syn_recv;
    case 3:
      return settings.tcp_timeout_established;
    case 4:
      return settings.tcp_timeout_fin_wait;
    case 5:
      return settings.tcp_timeout_close_wait;
    case 6:
      return settings.tcp_timeout_last_ack;
    case 7:
      return settings.tcp_timeout_time_wait;
    default:
      return settings.tcp_timeout_close;
  }
}

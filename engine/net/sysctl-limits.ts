/**
 * What values a sysctl takes: proc_dou8vec_minmax() and its kin, as Linux 6.18 was found to answer.
 * Times of conntrack and of TCP are kept in jiffies, which is where 8,589,934 seconds come from.
 */
type Limits = readonly [min: number, max: number];

const GROUPS: readonly (readonly [min: number, max: number, paths: string])[] = [
  [0, 255, "ipv4/fwmark_reflect ipv4/igmp_link_local_mcast_reports ipv4/ip_dynaddr ipv4/ip_early_demux ipv4/ip_forward_use_pmtu ipv4/ip_no_pmtu_disc ipv4/ip_nonlocal_bind ipv4/tcp_abort_on_overflow ipv4/tcp_comp_sack_nr ipv4/tcp_dsack ipv4/tcp_early_demux ipv4/tcp_fack ipv4/tcp_frto ipv4/tcp_fwmark_accept ipv4/tcp_keepalive_probes ipv4/tcp_moderate_rcvbuf ipv4/tcp_mtu_probing ipv4/tcp_no_metrics_save ipv4/tcp_orphan_retries ipv4/tcp_plb_suspend_rto_sec ipv4/tcp_recovery ipv4/tcp_retrans_collapse ipv4/tcp_retries1 ipv4/tcp_retries2 ipv4/tcp_rfc1337 ipv4/tcp_sack ipv4/tcp_slow_start_after_idle ipv4/tcp_stdurg ipv4/tcp_synack_retries ipv4/tcp_syncookies ipv4/tcp_thin_linear_timeouts ipv4/tcp_timestamps ipv4/tcp_tso_rtt_log ipv4/tcp_tso_win_divisor ipv4/tcp_window_scaling ipv4/tcp_workaround_signed_windows ipv4/udp_early_demux netfilter/nf_conntrack_log_invalid netfilter/nf_conntrack_tcp_max_retrans"],
  [-8_589_934, 8_589_934, "ipv4/ipfrag_time ipv4/route/mtu_expires ipv4/tcp_fin_timeout ipv4/tcp_keepalive_intvl ipv4/tcp_keepalive_time netfilter/nf_conntrack_frag6_timeout netfilter/nf_conntrack_generic_timeout netfilter/nf_conntrack_gre_timeout netfilter/nf_conntrack_gre_timeout_stream netfilter/nf_conntrack_icmp_timeout netfilter/nf_conntrack_icmpv6_timeout netfilter/nf_conntrack_sctp_timeout_closed netfilter/nf_conntrack_sctp_timeout_cookie_echoed netfilter/nf_conntrack_sctp_timeout_cookie_wait netfilter/nf_conntrack_sctp_timeout_established netfilter/nf_conntrack_sctp_timeout_heartbeat_sent netfilter/nf_conntrack_sctp_timeout_shutdown_ack_sent netfilter/nf_conntrack_sctp_timeout_shutdown_recd netfilter/nf_conntrack_sctp_timeout_shutdown_sent netfilter/nf_conntrack_tcp_timeout_close netfilter/nf_conntrack_tcp_timeout_close_wait netfilter/nf_conntrack_tcp_timeout_established netfilter/nf_conntrack_tcp_timeout_fin_wait netfilter/nf_conntrack_tcp_timeout_last_ack netfilter/nf_conntrack_tcp_timeout_max_retrans netfilter/nf_conntrack_tcp_timeout_syn_recv netfilter/nf_conntrack_tcp_timeout_syn_sent netfilter/nf_conntrack_tcp_timeout_time_wait netfilter/nf_conntrack_tcp_timeout_unacknowledged netfilter/nf_conntrack_udp_timeout netfilter/nf_conntrack_udp_timeout_stream"],
  [0, 1, "ipv4/fib_multipath_use_neigh ipv4/icmp_echo_enable_probe ipv4/icmp_echo_ignore_all ipv4/icmp_echo_ignore_broadcasts ipv4/icmp_errors_use_inbound_ifaddr ipv4/icmp_ignore_bogus_error_responses ipv4/ip_autobind_reuse ipv4/ip_forward_update_priority ipv4/tcp_autocorking ipv4/tcp_backlog_ack_defer ipv4/tcp_ecn_fallback ipv4/tcp_migrate_req ipv4/tcp_no_ssthresh_metrics_save ipv4/tcp_plb_enabled ipv4/tcp_reflect_tos ipv4/tcp_shrink_window netfilter/nf_conntrack_acct netfilter/nf_conntrack_checksum netfilter/nf_conntrack_tcp_be_liberal netfilter/nf_conntrack_tcp_ignore_invalid_rst netfilter/nf_conntrack_tcp_loose netfilter/nf_conntrack_timestamp"],
  [-2_147_483_648, 2_147_483_647, "ipv4/icmp_ratemask ipv4/igmp_max_memberships ipv4/igmp_max_msf ipv4/ip_forward ipv4/route/min_adv_mss ipv4/tcp_base_mss ipv4/tcp_challenge_ack_limit ipv4/tcp_fastopen ipv4/tcp_limit_output_bytes ipv4/tcp_max_syn_backlog ipv4/tcp_max_tw_buckets ipv4/tcp_probe_threshold"],
  [0, 2_147_483_647, "core/optmem_max core/somaxconn ipv4/icmp_msgs_burst ipv4/icmp_msgs_per_sec ipv4/icmp_ratelimit ipv4/ipfrag_max_dist ipv4/tcp_fastopen_blackhole_timeout_sec ipv4/tcp_invalid_ratelimit"],
  [0, 2, "ipv4/fib_notify_on_flag_change ipv4/tcp_ecn ipv4/tcp_ecn_option ipv4/tcp_tw_reuse netfilter/nf_conntrack_events"],
  [1, 2_147_483_647, "ipv4/igmp_qrv ipv4/tcp_max_reordering ipv4/tcp_rto_min_us ipv4/udp_rmem_min ipv4/udp_wmem_min"],
  [0, 31, "ipv4/tcp_app_win ipv4/tcp_plb_idle_rehash_rounds ipv4/tcp_plb_rehash_rounds"],
  [0, 4_294_967_295, "ipv4/tcp_comp_sack_delay_ns ipv4/tcp_comp_sack_slack_ns ipv4/tcp_notsent_lowat"],
  [1, 255, "ipv4/ip_default_ttl ipv4/tcp_min_tso_segs ipv4/tcp_pingpong_thresh"],
  [0, 3, "ipv4/fib_multipath_hash_policy ipv4/tcp_ecn_option_beacon"],
  [0, 1000, "ipv4/tcp_pacing_ca_ratio ipv4/tcp_pacing_ss_ratio"],
  [48, 65535, "ipv4/tcp_min_snd_mss ipv4/tcp_mtu_probe_floor"],
  [-31, 31, "ipv4/tcp_adv_win_scale"],
  [0, 4, "ipv4/tcp_early_retrans"],
  [0, 127, "ipv4/tcp_syn_linear_timeouts"],
  [0, 256, "ipv4/tcp_plb_cong_thresh"],
  [0, 65536, "ipv4/udp_child_hash_entries"],
  [0, 86400, "ipv4/tcp_min_rtt_wlen"],
  [0, 17179869, "ipv4/tcp_probe_interval"],
  [1, 127, "ipv4/tcp_syn_retries"],
  [1, 300, "ipv4/tcp_reordering"],
  [1, 4095, "ipv4/fib_multipath_hash_fields"],
  [1, 60000, "ipv4/tcp_tw_reuse_delay"],
  [68, 2_147_483_647, "ipv4/route/min_pmtu"],
  [1000, 120000, "ipv4/tcp_rto_max_ms"],
];

/** By path. */
export const SYSCTL_LIMITS: ReadonlyMap<string, Limits> = new Map(GROUPS.flatMap(([min, max, paths]) => paths.split(" ").map((path) => [`net/${path}`, [min, max]] as const)));

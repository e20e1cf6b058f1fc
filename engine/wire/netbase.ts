/**
 * /etc/protocols and /etc/services of Debian's netbase 6.4: names for numbers, as getprotobyname(3) and
 * getservbyname(3) know them, and the two files themselves. Services: name and aliases, port, and "/" with the
 * first letters of the protocols unless it is TCP alone, in the order of the file.
 */
const PROTOCOLS = `
  ip=0 hopopt=0 icmp=1 igmp=2 ggp=3 ipencap=4 st=5 tcp=6 egp=8 igp=9 pup=12 udp=17 hmp=20 xns-idp=22 rdp=27 iso-tp4=29 dccp=33 xtp=36 ddp=37 idpr-cmtp=38 ipv6=41 ipv6-route=43
  ipv6-frag=44 idrp=45 rsvp=46 gre=47 esp=50 ah=51 skip=57 ipv6-icmp=58 ipv6-nonxt=59 ipv6-opts=60 rspf=73 vmtp=81 eigrp=88 ospf=89 ax.25=93 ipip=94 etherip=97 encap=98 pim=103
  ipcomp=108 vrrp=112 l2tp=115 isis=124 sctp=132 fc=133 mobility-header=135 udplite=136 mpls-in-ip=137 manet=138 hip=139 shim6=140 wesp=141 rohc=142 ethernet=143`;

const SERVICES = `
  tcpmux=1 echo=7/tu discard|sink|null=9/tu systat|users=11 daytime=13/tu netstat=15 qotd|quote=17 chargen|ttytst|source=19/tu ftp-data=20 ftp=21 fsp|fspd=21/u ssh=22 telnet=23
  smtp|mail=25 time|timserver=37/tu whois|nicname=43 tacacs=49/tu domain=53/tu bootps=67/u bootpc=68/u tftp=69/u gopher=70 finger=79 http|www=80
  kerberos|kerberos5|krb5|kerberos-sec=88/tu iso-tsap|tsap=102 acr-nema|dicom=104 pop3|pop-3=110 sunrpc|portmapper=111/tu auth|authentication|tap|ident=113 nntp|readnews|untp=119
  ntp=123/u epmap|loc-srv=135 netbios-ns=137/u netbios-dgm=138/u netbios-ssn=139 imap2|imap=143 snmp=161/tu snmp-trap|snmptrap=162/tu cmip-man=163/tu cmip-agent=164/tu mailq=174
  xdmcp=177/u bgp=179 smux=199 qmtp=209 z3950|wais=210 ipx=213/u ptp-event=319/u ptp-general=320/u pawserv=345 zserv=346 rpc2portmap=369/tu codaauth2=370/tu clearcase|Clearcase=371/u
  ldap=389/tu svrloc=427/tu https=443/tu snpp=444 microsoft-ds=445 kpasswd=464/tu submissions|ssmtp|smtps|urd=465 saft=487 isakmp=500/u rtsp=554/tu nqs=607 asf-rmcp=623/u qmqp=628
  ipp=631 ldp=646/tu exec=512 biff|comsat=512/u login=513 who|whod=513/u shell|cmd|syslog=514 syslog=514/u printer|spooler=515 talk=517/u ntalk=518/u route|router|routed=520/u
  gdomap=538/tu uucp|uucpd=540 klogin=543 kshell|krcmd=544 dhcpv6-client=546/u dhcpv6-server=547/u afpovertcp=548 nntps|snntp=563 submission=587 ldaps=636/tu tinc=655/tu silc=706
  kerberos-adm=749 domain-s=853/tu rsync=873 ftps-data=989 ftps=990 telnets=992 imaps=993 pop3s=995 socks=1080 proofd=1093 rootd=1094 openvpn=1194/tu rmiregistry=1099
  lotusnote|lotusnotes=1352 ms-sql-s=1433 ms-sql-m=1434/u ingreslock=1524 datametrics|old-radius=1645/tu sa-msg-port|old-radacct=1646/tu kermit=1649 groupwise=1677 l2f|l2tp=1701/u
  radius=1812/tu radius-acct|radacct=1813/tu cisco-sccp=2000 nfs=2049/tu gnunet=2086/tu rtcm-sc104=2101/tu gsigatekeeper=2119 gris=2135 cvspserver=2401 venus=2430/tu venus-se=2431/tu
  codasrv=2432/tu codasrv-se=2433/tu mon=2583/tu dict=2628 f5-globalsite=2792 gsiftp=2811 gpsd=2947 gds-db|gds_db=3050 icpv2|icp=3130/u isns=3205/tu iscsi-target=3260 mysql=3306
  ms-wbt-server=3389 nut=3493/tu distcc=3632 daap=3689 svn|subversion=3690 suucp=4031 sysrqd=4094 sieve=4190 epmd=4369 remctl=4373 f5-iquery=4353 ntske=4460 ipsec-nat-t=4500/u
  iax=4569/u mtn=4691 radmin-port=4899 sip=5060/tu sip-tls=5061/tu xmpp-client|jabber-client=5222 xmpp-server|jabber-server=5269 cfengine=5308 mdns=5353/u postgresql|postgres=5432
  freeciv|rptp=5556 amqps=5671 amqp=5672/ts x11|x11-0=6000 x11-1=6001 x11-2=6002 x11-3=6003 x11-4=6004 x11-5=6005 x11-6=6006 x11-7=6007 gnutella-svc=6346/tu gnutella-rtr=6347/tu
  redis=6379 sge-qmaster|sge_qmaster=6444 sge-execd|sge_execd=6445 mysql-proxy=6446 babel=6696/u ircs-u=6697 bbs=7000 afs3-fileserver=7000/u afs3-callback=7001/u afs3-prserver=7002/u
  afs3-vlserver=7003/u afs3-kaserver=7004/u afs3-volser=7005/u afs3-bos=7007/u afs3-update=7008/u afs3-rmtsys=7009/u font-service|xfs=7100 http-alt|webcache=8080 puppet=8140
  bacula-dir=9101 bacula-fd=9102 bacula-sd=9103 xmms2=9667 nbd=10809 zabbix-agent=10050 zabbix-trapper=10051 amanda=10080 dicom=11112 hkp=11371 db-lsp=17500 dcap=22125 gsidcap=22128
  wnn6=22273 rtmp=1/a nbp=2/a echo=4/a zip=6/a kerberos4|kerberos-iv|kdc=750/ut kerberos-master|kerberos_master=751/u kerberos-master=751 passwd-server|passwd_server=752/u krb-prop|krb_prop|krb5_prop|hprop=754
  zephyr-srv=2102/u zephyr-clt=2103/u zephyr-hm=2104/u iprop=2121 supfilesrv=871 supfiledbg=1127 poppassd=106 moira-db|moira_db=775 moira-update|moira_update=777
  moira-ureg|moira_ureg=779/u spamd=783 skkserv=1178 predict=1210/u rmtcfg=1236 xtel=1313 xtelw=1314 zebrasrv=2600 zebra=2601 ripd=2602 ripngd=2603 ospfd=2604 bgpd=2605 ospf6d=2606
  ospfapi=2607 isisd=2608 fax=4557 hylafax=4559 munin|lrrd=4949 rplay=5555/u nrpe=5666 nsca=5667 canna=5680 syslog-tls=6514 sane-port|sane|saned=6566 ircd=6667 zope-ftp=8021
  tproxy=8081 omniorb=8088 clc-build-daemon=8990 xinetd=9098 git=9418 zope=9673 webmin=10000 kamanda=10081 amandaidx=10082 amidxtape=10083 sgi-cmsd=17001/u sgi-crsd=17002/u
  sgi-gcd=17003/u sgi-cad=17004 binkp=24554 asp=27374/tu csync2=30865 dircproxy=57000 tfido=60177 fido=60179`;

const words = (text: string): string[] => text.trim().split(/\s+/);

export const PROTOCOL_NUMBERS: readonly (readonly [name: string, number: number])[] = words(PROTOCOLS).map((word) => [word.slice(0, word.indexOf("=")), Number(word.slice(word.indexOf("=") + 1))]);

/** `protocols`: "t" is TCP, "u" UDP, "s" SCTP, "a" AppleTalk's DDP. */
export type Service = { readonly name: string; readonly aliases: readonly string[]; readonly port: number; readonly protocols: string };

export const SERVICE_LIST: readonly Service[] = words(SERVICES).map((word) => {
  const [names = "", rest = ""] = word.split("=");
  const [port = "", protocols = "t"] = rest.split("/");
  const [name = "", ...aliases] = names.split("|");
  return { name, aliases, port: Number(port), protocols };
});

const LETTERS: Readonly<Record<string, string>> = { t: "tcp", u: "udp", s: "sctp", a: "ddp" };

/** What `cat /etc/services` prints: name, port and protocol, aliases, in columns of tabs. */
export const SERVICES_FILE: string = SERVICE_LIST.flatMap(({ name, aliases, port, protocols }) => [...protocols].map((letter) => `${`${column(name, 16)}${column(`${port}/${LETTERS[letter] ?? "tcp"}`, 16)}${aliases.join(" ")}`.trimEnd()}\n`)).join("");

/** Of protocols that are not simply written in capitals. */
const ALIASES: Readonly<Record<string, string>> = {
  ipencap: "IP-ENCAP", ipv6: "IPv6", "ipv6-route": "IPv6-Route", "ipv6-frag": "IPv6-Frag", esp: "IPSEC-ESP", ah: "IPSEC-AH", "ipv6-icmp": "IPv6-ICMP", "ipv6-nonxt": "IPv6-NoNxt", "ipv6-opts": "IPv6-Opts",
  rspf: "RSPF CPHB", ospf: "OSPFIGP", "mobility-header": "Mobility-Header", udplite: "UDPLite", "mpls-in-ip": "MPLS-in-IP", manet: "", shim6: "Shim6", ethernet: "Ethernet",
};

export const PROTOCOLS_FILE: string = PROTOCOL_NUMBERS.map(([name, number]) => `${column(name, 8)}${column(String(number), 8)}${ALIASES[name] ?? name.toUpperCase()}`.trimEnd()).map((line) => `${line}\n`).join("");

/** Padded with tabs of eight to so many columns; a longer word is followed by a blank. */
function column(word: string, width: number): string {
  return word + (word.length < width ? "\t".repeat(Math.ceil((width - word.length) / 8)) : " ");
}

export const NETWORKS_FILE = "default\t\t0.0.0.0\nloopback\t127.0.0.0\nlink-local\t169.254.0.0\n";

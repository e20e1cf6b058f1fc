/**
 * curl 7.88's options by name. Those that are known here but not modelled are refused by name;
 * all others are unknown to curl too.
 */
export type Option = { readonly name: string; readonly value: boolean; readonly modelled: boolean; readonly negated: boolean };

/** "letter name" or " name"; "=" after it: takes a value. */
const MODELLED = `
d data= | data-ascii= | data-binary= | data-raw= | data-urlencode= | json= |G get|I head|H header=|i include|X request=|T upload-file=|
f fail| fail-with-body| fail-early|L location| location-trusted| max-redirs=| post301| post302| post303|
o output=|O remote-name| remote-name-all| create-dirs| output-dir=|D dump-header=|s silent|S show-error|v verbose|w write-out=|
m max-time=| connect-timeout=| resolve=| connect-to=| interface=| local-port=| retry=| retry-delay=| retry-max-time=| retry-connrefused| retry-all-errors|
u user=|A user-agent=|e referer=|b cookie=|r range=| compressed|0 http1.0| http1.1|k insecure|4 ipv4|6 ipv6|g globoff| url=| url-query=|
N buffer| progress-meter| tcp-nodelay| keepalive| keepalive-time=| noproxy=| path-as-is| basic| request-target=| stderr=|q disable|h help=?|V version|M manual| oauth2-bearer=| cacert=| happy-eyeballs-timeout-ms=
`;

const KNOWN = `
 abstract-unix-socket= | alt-svc= | anyauth|a append| aws-sigv4= | capath= |E cert= | cert-status| cert-type= | ciphers= | compressed-ssh|K config= |C continue-at= |c cookie-jar= |
 create-file-mode= | crlf| crlfile= | curves= | delegation= | digest| disable-eprt| disable-epsv| disallow-username-in-url| dns-interface= | dns-ipv4-addr= | dns-ipv6-addr= |
 dns-servers= | doh-cert-status| doh-insecure| doh-url= | egd-file= | engine= | etag-compare= | etag-save= | expect100-timeout= | false-start|F form= | form-escape| form-string= |
 ftp-account= | ftp-alternative-to-user= | ftp-create-dirs| ftp-method= | ftp-pasv|P ftp-port= | ftp-pret| ftp-skip-pasv-ip| ftp-ssl-ccc| ftp-ssl-ccc-mode= | ftp-ssl-control| haproxy-protocol|
 hostpubmd5= | hostpubsha256= | hsts= | http0.9| http2| http2-prior-knowledge| http3| http3-only| ignore-content-length|j junk-session-cookies| key= | key-type= | krb= | libcurl= | limit-rate= |
l list-only| login-options= | mail-auth= | mail-from= | mail-rcpt= | mail-rcpt-allowfails| max-filesize= | metalink| negotiate|n netrc| netrc-file= | netrc-optional|: next| alpn| clobber| npn| sessionid|
 ntlm| ntlm-wb|Z parallel| parallel-immediate| parallel-max= | pass= | pinnedpubkey= | preproxy= |# progress-bar| proto= | proto-default= | proto-redir= |x proxy= | proxy-anyauth| proxy-basic| proxy-cacert= |
 proxy-capath= | proxy-cert= | proxy-cert-type= | proxy-ciphers= | proxy-crlfile= | proxy-digest| proxy-header= | proxy-insecure| proxy-key= | proxy-key-type= | proxy-negotiate| proxy-ntlm| proxy-pass= |
 proxy-pinnedpubkey= | proxy-service-name= | proxy-ssl-allow-beast| proxy-ssl-auto-client-cert| proxy-tls13-ciphers= | proxy-tlsauthtype= | proxy-tlspassword= | proxy-tlsuser= | proxy-tlsv1|U proxy-user= |
 proxy1.0= |p proxytunnel| pubkey= |Q quote= | random-file= | rate= | raw|J remote-header-name|R remote-time| remove-on-error| sasl-authzid= | sasl-ir| service-name= | socks4= | socks4a= | socks5= |
 socks5-basic| socks5-gssapi| socks5-gssapi-nec| socks5-gssapi-service= | socks5-hostname= |Y speed-limit= |y speed-time= | ssl| ssl-allow-beast| ssl-auto-client-cert| ssl-no-revoke| ssl-reqd| ssl-revoke-best-effort|
2 sslv2|3 sslv3| styled-output| suppress-connect-headers| tcp-fastopen|t telnet-option= | tftp-blksize= | tftp-no-options|z time-cond= | tls-max= | tls13-ciphers= | tlsauthtype= | tlspassword= | tlsuser= |1 tlsv1|
 tlsv1.0| tlsv1.1| tlsv1.2| tlsv1.3| tr-encoding| trace= | trace-ascii= | trace-time| unix-socket= |B use-ascii| xattr
`;

type Entry = { readonly letter: string; readonly name: string; readonly value: boolean; readonly modelled: boolean };

function entries(table: string, modelled: boolean): readonly Entry[] {
  return table
    .replace(/\n/g, "")
    .split("|")
    .map((cell) => {
      const [, letter = "", name = "", equals = ""] = /^(\S)? *([a-z0-9.-]+) *(=\??)?/.exec(cell.replace(/^ +/, " ")) ?? [];
      return { letter: letter.trim(), name, value: equals === "=", modelled };
    })
    .filter(({ name }) => name !== "");
}

const TABLE: readonly Entry[] = [...entries(MODELLED, true), ...entries(KNOWN, false)];

/** "-v", "--verbose", "--verb", "--no-keepalive". */
export function optionOf(written: string): Option | "ambiguous" | undefined {
  if (!written.startsWith("--")) {
    const entry = TABLE.find(({ letter }) => letter === written[1]);
    return entry && { ...entry, negated: false, ...(written === "-N" && { name: "buffer", negated: true }) };
  }
  const negated = written.startsWith("--no-");
  const name = written.slice(negated ? 5 : 2);
  const exact = TABLE.find((entry) => entry.name === name);
  const found = exact ? [exact] : TABLE.filter((entry) => entry.name.startsWith(name));
  const [entry, another] = found;
  if (entry === undefined || name === "") return undefined;
  if (another !== undefined) return "ambiguous";
  return negated && entry.value ? undefined : { ...entry, negated };
}

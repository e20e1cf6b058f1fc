/** -m owner: whose socket sent it. libxt_owner.c, xt_owner.c. Differs: every process here is root's. */
import { sender } from "../../sender";
import { defineMatch, parseNumber, type OptionSpec } from "../extension";
import { joined } from "../ports";
import { fail } from "../problem";

type Range = { readonly min: number; readonly max: number; readonly not: boolean };
type Options = { uid?: Range; gid?: Range; socket?: boolean; supplementary?: boolean };

/** /etc/passwd and /etc/group of Debian's base-passwd. */
const SHARED = "root:0 daemon:1 bin:2 sys:3 man:6 lp:7 mail:8 news:9 uucp:10 proxy:13 www-data:33 backup:34 list:38 irc:39";
const numbered = (text: string): ReadonlyMap<string, number> => new Map(text.split(" ").map((entry) => [entry.slice(0, entry.indexOf(":")), Number(entry.slice(entry.indexOf(":") + 1))]));
const NAMES = { uid: numbered(`${SHARED} sync:4 games:5 _apt:42 nobody:65534`), gid: numbered(`${SHARED} adm:4 tty:5 disk:6 users:100 nogroup:65534 games:60 staff:50 shadow:42 sudo:27`) } as const;

/** owner_parse_range: what it cannot read it shows whole. */
function parseIds(text: string, key: "uid" | "gid"): { readonly min: number; readonly max: number } {
  const known = NAMES[key].get(text);
  if (known !== undefined) return { min: known, max: known };
  const bad = (): never => fail(`owner: Bad value for "--${key}-owner" option: "${text}"`);
  const number = (part: string): number => parseNumber(part, 0, 0xffff_fffe) ?? bad();
  const [, left = "", right] = /^([^-:]*)(?:[-:](.*))?$/s.exec(text) ?? bad();
  const min = number(left);
  return { min, max: right === undefined ? min : number(right) };
}

const ids = (key: "uid" | "gid"): OptionSpec<Options> => ({ invert: true, set: (o, value, not) => void (o[key] = { ...parseIds(value, key), not }) });

function text({ min, max }: Range, key: "uid" | "gid", numeric: boolean): string {
  if (min !== max) return `${min}-${max}`;
  return (numeric ? undefined : [...NAMES[key]].find(([, id]) => id === min)?.[0]) ?? String(min);
}

export const owner = defineMatch<Options>({
  name: "owner",
  hooks: ["OUTPUT", "POSTROUTING"],
  checkEntry: ({ uid, gid }) => (!uid || uid.max >= uid.min) && (!gid || gid.max >= gid.min),
  init: () => ({}),
  options: {
    "uid-owner": ids("uid"),
    "gid-owner": ids("gid"),
    "socket-exists": { flag: true, invert: true, set: (o, _value, invert) => void (o.socket = !invert) },
    "suppl-groups": {
      flag: true,
      set: (o) => {
        if (!o.gid) fail('owner: Bad value for "--suppl-groups" option: "you need to use --gid-owner first"');
        o.supplementary = true;
      },
    },
  },
  check(_o, { seen }) {
    if (seen.size === 0) fail("owner: At least one of --uid-owner, --gid-owner or --socket-exists is required");
  },
  test({ uid, gid, socket }, { skb }) {
    const from = sender(skb);
    if (socket !== undefined && (from !== "none") !== socket) return false;
    if (from !== "program") return (!uid || uid.not) && (!gid || gid.not);
    return (!uid || (uid.min <= 0 && uid.max >= 0) !== uid.not) && (!gid || (gid.min <= 0 && gid.max >= 0) !== gid.not);
  },
  save: ({ uid, gid, socket, supplementary }) =>
    joined(
      socket === undefined ? "" : `${socket ? "" : "! "}--socket-exists`,
      uid && `${uid.not ? "! " : ""}--uid-owner ${text(uid, "uid", true)}`,
      gid && `${gid.not ? "! " : ""}--gid-owner ${text(gid, "gid", true)}`,
      supplementary ? "--suppl-groups" : "",
    ),
  list: ({ uid, gid, socket, supplementary }, { numeric }) =>
    joined(
      socket === undefined ? "" : `${socket ? "" : "! "}owner socket exists`,
      uid && `${uid.not ? "! " : ""}owner UID match ${text(uid, "uid", numeric)}`,
      gid && `${gid.not ? "! " : ""}owner GID match ${text(gid, "gid", numeric)}${supplementary ? " incl. suppl. groups" : ""}`,
    ),
});

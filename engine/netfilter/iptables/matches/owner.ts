/** -m owner: whose socket sent it. libxt_owner.c, xt_owner.c. Differs: every process here is root's. */
import { defineMatch, parseNumber, type OptionSpec } from "../extension";
import { joined } from "../ports";
import { fail } from "../problem";

type Range = { readonly min: number; readonly max: number; readonly not: boolean };
type Options = { uid?: Range; gid?: Range; socket?: boolean };

function parseIds(text: string, name: string): { readonly min: number; readonly max: number } {
  if (text === "root") return { min: 0, max: 0 };
  const [left = "", right] = text.split(/[-:]/);
  const bad = (part: string): never => fail(`owner: Bad value for "--${name}" option: "${part}"`);
  const min = parseNumber(left, 0, 0xffff_fffe) ?? bad(left);
  const max = right === undefined ? min : (parseNumber(right, 0, 0xffff_fffe) ?? bad(right));
  return { min, max };
}

const ids = (key: "uid" | "gid", name: string): OptionSpec<Options> => ({ invert: true, set: (o, value, not) => void (o[key] = { ...parseIds(value, name), not }) });
const text = ({ min, max }: Range): string => (min === max ? String(min) : `${min}-${max}`);

export const owner = defineMatch<Options>({
  name: "owner",
  hooks: ["OUTPUT", "POSTROUTING"],
  checkEntry: ({ uid, gid }) => (!uid || uid.max >= uid.min) && (!gid || gid.max >= gid.min),
  init: () => ({}),
  options: { "uid-owner": ids("uid", "uid-owner"), "gid-owner": ids("gid", "gid-owner"), "socket-exists": { flag: true, invert: true, set: (o, _value, invert) => void (o.socket = !invert) } },
  check(_o, { seen }) {
    if (seen.size === 0) fail("owner: At least one of --uid-owner, --gid-owner or --socket-exists is required");
  },
  test({ uid, gid, socket }, { skb }) {
    const has = skb.socket !== undefined;
    if (socket !== undefined && has !== socket) return false;
    if (!has) return (!uid || uid.not) && (!gid || gid.not);
    return (!uid || (uid.min <= 0 && uid.max >= 0) !== uid.not) && (!gid || (gid.min <= 0 && gid.max >= 0) !== gid.not);
  },
  save: ({ uid, gid, socket }) =>
    joined(socket === undefined ? "" : `${socket ? "" : "! "}--socket-exists`, uid && `${uid.not ? "! " : ""}--uid-owner ${text(uid)}`, gid && `${gid.not ? "! " : ""}--gid-owner ${text(gid)}`),
  list: ({ uid, gid, socket }) =>
    joined(socket === undefined ? "" : `${socket ? "" : "! "}owner socket exists`, uid && `${uid.not ? "! " : ""}owner UID match ${text(uid)}`, gid && `${gid.not ? "! " : ""}owner GID match ${text(gid)}`),
});

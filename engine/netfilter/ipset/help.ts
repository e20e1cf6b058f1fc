/** `ipset help`: what the tool says of itself, and the types and revisions its library knows. */
import type { Session } from "./command";
import { notModelled, usage } from "./problem";
import { OTHER_TYPES, setTypeOf } from "./types";

const USAGE = `ipset v7.17

Usage: ipset [options] COMMAND

Commands:
create SETNAME TYPENAME [type-specific-options]
        Create a new set
add SETNAME ENTRY
        Add entry to the named set
del SETNAME ENTRY
        Delete entry from the named set
test SETNAME ENTRY
        Test entry in the named set
destroy [SETNAME]
        Destroy a named set or all sets
list [SETNAME]
        List the entries of a named set or all sets
save [SETNAME]
        Save the named set or all sets to stdout
restore 
        Restore a saved state
flush [SETNAME]
        Flush a named set or all sets
rename FROM-SETNAME TO-SETNAME
        Rename two sets
swap FROM-SETNAME TO-SETNAME
        Swap the contect of two existing sets
help [TYPENAME]
        Print help, and settype specific help
version 
        Print version information
quit 
        Quit interactive mode

Options:
-o plain|save|xml
       Specify output mode for listing sets.
       Default value for "list" command is mode "plain"
       and for "save" command is mode "save".
-s 
        Print elements sorted (if supported by the set type).
-q 
        Suppress any notice or warning message.
-r 
        Try to resolve IP addresses in the output (slow!)
-! 
        Ignore errors when creating or adding sets or
        elements that do exist or when deleting elements
        that don't exist.
-n 
        When listing, just list setnames from the kernel.

-t 
        When listing, list setnames and set headers
        from kernel only.
-f 
        Read from the given file instead of standard
        input (restore) or write to given file instead
        of standard output (list/save).
`;

/** The newest revision and the ones before it. */
const REVISIONS: readonly (readonly [string, number, readonly string[]])[] = [
  ["list:set", 3, ["skbinfo support", "comment support", "counters support", "Initial revision"]],
  ["hash:mac", 1, ["bucketsize, initval support", "Initial revision"]],
  ["hash:ip,mac", 1, ["bucketsize, initval support", "Initial revision"]],
  ["hash:net,iface", 8, ["bucketsize, initval support", "skbinfo and wildcard support", "skbinfo support", "forceadd support", "comment support", "counters support", "/0 network support", "nomatch flag support", "Initial revision"]],
  ["hash:net,port", 8, ["bucketsize, initval support", "skbinfo support", "forceadd support", "comment support", "counters support", "nomatch flag support", "Add/del range support", "SCTP and UDPLITE support"]],
  ["hash:net,port,net", 3, ["bucketsize, initval support", "skbinfo support", "forceadd support", "initial revision"]],
  ["hash:net,net", 4, ["netmask and bitmask support", "bucketsize, initval support", "skbinfo support", "forceadd support", "initial revision"]],
  ["hash:net", 7, ["bucketsize, initval support", "skbinfo support", "forceadd support", "comment support", "counters support", "nomatch flag support", "Add/del range support", "Initial revision"]],
  ["hash:ip,port,net", 8, ["bucketsize, initval support", "skbinfo support", "forceadd support", "comment support", "counters support", "nomatch flag support", "Add/del range support", "SCTP and UDPLITE support"]],
  ["hash:ip,port,ip", 6, ["bucketsize, initval support", "skbinfo support", "forceadd support", "comment support", "counters support", "SCTP and UDPLITE support"]],
  ["hash:ip,mark", 3, ["bucketsize, initval support", "skbinfo support", "forceadd support", "initial revision"]],
  ["hash:ip,port", 7, ["netmask and bitmask support", "bucketsize, initval support", "skbinfo support", "forceadd support", "comment support", "counters support", "SCTP and UDPLITE support"]],
  ["hash:ip", 6, ["bitmask support", "bucketsize, initval support", "skbinfo support", "forceadd support", "comment support", "counters support", "Initial revision"]],
  ["bitmap:port", 3, ["skbinfo support", "comment support", "counters support", "Initial revision"]],
  ["bitmap:ip,mac", 3, ["skbinfo support", "comment support", "counters support", "Initial revision"]],
  ["bitmap:ip", 3, ["skbinfo support", "comment support", "counters support", "Initial revision"]],
];

function types(): string {
  const lines = REVISIONS.flatMap(([name, newest, remarks]) => remarks.map((remark, i) => `    ${name}${name.length < 12 ? "\t\t" : "\t"}${newest - i}\t${remark}`));
  return `\nSupported set types:\n${lines.join("\n")}\n`;
}

export function help(session: Session, typeName: string | undefined): void {
  if (typeName === undefined) {
    session.out += `${USAGE}${types()}`;
    return;
  }
  if (setTypeOf(typeName) !== undefined || OTHER_TYPES.includes(typeName)) throw notModelled(`help ${typeName}`);
  session.out += USAGE;
  throw usage(`Unknown settype: \`${typeName}'`);
}

/**
 * The calls behind `ip` and `bridge`: what rtnetlink(7) offers. The tools, CNI plugins and the
 * scenario runner all configure a namespace through these and nothing else. They throw
 * NetlinkError (a SysError) with the kernel's errno and, where it gives one, its explanation.
 */
export type { Address } from "./addresses";
export { type AddressOptions, addrAdd, addrDelete } from "./netlink-address";
export { NetlinkError } from "./netlink-error";
export { type LinkChanges, type LinkSpec, destroyNetns, deviceNamed, joinCable, linkAdd, linkDelete, linkSet, mtuLimits } from "./netlink-link";
export { type FdbSpec, type NeighSpec, fdbAdd, fdbAppend, fdbDelete, fdbReplace, neighAdd, neighChange, neighDelete, neighReplace, portOf, portSet, slaveSet } from "./netlink-neighbour";
export { type HopSpec, type RouteMode, type RouteSpec, type RuleSpec, routeAdd, routeDelete, routeInsert, routeReplace, ruleAdd, ruleDelete } from "./netlink-route";

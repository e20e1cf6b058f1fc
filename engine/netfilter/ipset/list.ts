/**
 * list:set: other sets in a row; a packet is in it when it is in one of them
 * (net/netfilter/ipset/ip_set_list_set.c).
 */
import { newSlot } from "./hash-table";
import type { IpSet } from "./ip-set";
import { NO_KEY, type Refusal, SET_TYPES, type Slot, weightOf } from "./types";

export type Member = Slot & { set: IpSet };
/** "before X" and "after X". */
export type Beside = { readonly where: "before" | "after"; readonly set: IpSet };

const BARE_BYTES = SET_TYPES.find(({ kind }) => kind === "list")?.bareBytes ?? 0;

export class ListBody {
  #members: Member[] = [];
  /** list_set_flush() forgets the comments' weight before they are freed and it is taken off once more. */
  #debt = 0;

  constructor(
    private readonly slotBytes: number,
    private readonly expired: (slot: Slot) => boolean,
  ) {}

  get memory(): number {
    return BARE_BYTES + this.#members.length * this.slotBytes - this.#debt;
  }

  get size(): number {
    return this.#members.length;
  }

  *slots(): Generator<Member> {
    yield* this.#members;
  }

  /** list_set_uadd(). The set added is referred to from now on. */
  add(set: IpSet, beside: Beside | undefined, exist: boolean): Slot | Refusal {
    const living = this.#members.filter((member) => !this.expired(member));
    const known = living.find((member) => member.set === set);
    // A set named beside itself is looked at as the element alone.
    const neighbour = beside && living.find((member) => member.set === beside.set && member.set !== set);
    if (beside && !neighbour) return "REF_EXIST";
    if (known) return exist ? known : "EXIST";
    const member: Member = { ...newSlot(NO_KEY), used: true, set };
    set.references++;
    const at = neighbour ? this.#members.indexOf(neighbour) + (beside?.where === "after" ? 1 : 0) : this.#members.length;
    this.#members.splice(at, 0, member);
    return member;
  }

  /** list_set_udel(). */
  delete(set: IpSet, beside: Beside | undefined): Refusal | undefined {
    const index = this.#members.findIndex((member) => member.set === set && !this.expired(member));
    const member = this.#members[index];
    if (member === undefined) return beside ? "REF_EXIST" : "EXIST";
    if (!this.#stands(index, beside)) return "REF_EXIST";
    this.#release(member);
    return undefined;
  }

  /** "before b": b is the next one. */
  #stands(index: number, beside: Beside | undefined): boolean {
    if (beside === undefined) return true;
    return this.#members[index + (beside.where === "before" ? 1 : -1)]?.set === beside.set;
  }

  has(set: IpSet, beside: Beside | undefined): boolean {
    const index = this.#members.findIndex((member) => member.set === set && !this.expired(member));
    return index >= 0 && this.#stands(index, beside);
  }

  /** A swap: members go by the place of a set, not by what is there. */
  exchange(a: IpSet, b: IpSet): void {
    for (const member of this.#members) member.set = member.set === a ? b : member.set === b ? a : member.set;
  }

  #release(member: Member): void {
    member.set.references--;
    this.#members.splice(this.#members.indexOf(member), 1);
  }

  collect(gone: (slot: Slot) => boolean): void {
    for (const member of [...this.#members]) if (gone(member)) this.#release(member);
  }

  flush(): void {
    this.#debt = this.#members.reduce((sum, { comment }) => sum + weightOf(comment), 0);
    for (const member of [...this.#members]) this.#release(member);
  }
}

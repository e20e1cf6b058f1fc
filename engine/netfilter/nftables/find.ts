/** What a command names, found in the ruleset, or refused in the words nft or the kernel has for it, perhaps with a guess. */
import type { Handle, ObjectKind } from "./ast";
import { likeSet } from "./evaluate";
import { refuseManaged } from "./managed";
import { nearest } from "./misspell";
import type { Chain, NamedObject, Table } from "./model";
import type { NftSet } from "./nft-set";
import { NftError } from "./source";
import type { Transaction } from "./transaction";

export const GONE = "Could not process rule: No such file or directory";
export const EXISTS = "Could not process rule: File exists";

/** How a missing name is reported: by nft itself, or after the kernel has refused; and then perhaps with a name that is like it. */
type Voice = "plain" | "kernel" | "guess" | "likely";

export function tableOf(handle: Handle, tx: Pick<Transaction, "ruleset">, voice: Voice): Table {
  const { ruleset } = tx;
  const found = handle.id !== undefined && handle.table === undefined ? ruleset.listed(handle.family).find((table) => table.handle === handle.id) : ruleset.table(handle.family, handle.table ?? "");
  if (found) return found;
  refuseManaged(ruleset, handle);
  const loc = handle.tableLoc ?? handle.idLoc;
  if (voice === "plain") throw new NftError("No such file or directory", loc);
  const guess = nearest(handle.table ?? "", ruleset.listed().map(({ name }) => name));
  const near = ruleset.listed().find(({ name }) => name === handle.table) ?? ruleset.listed().find(({ name }) => name === guess);
  // Of a table itself the family is not told.
  if (voice === "guess" && near && (near.name !== handle.table || handle.name !== undefined)) throw new NftError(`No such file or directory; did you mean table ‘${near.name}’ in family ${near.family}?`, loc);
  throw new NftError(GONE, loc);
}

export function chainOf(table: Table, handle: Handle, voice: Voice): Chain {
  const found = handle.id !== undefined && handle.name === undefined ? [...table.chains.values()].find((chain) => chain.handle === handle.id) : table.chains.get(handle.name ?? "");
  if (found) return found;
  const loc = handle.nameLoc ?? handle.idLoc;
  if (voice === "plain") throw new NftError("No such file or directory", loc);
  const guess = nearest(handle.name ?? "", table.chains.keys());
  if (guess !== undefined && guess !== handle.name && voice !== "kernel") throw new NftError(`No such file or directory; did you mean chain ‘${guess}’ in table ${table.family} ‘${table.name}’?`, loc);
  throw new NftError(voice === "likely" ? "No such file or directory" : GONE, loc);
}

export function setOf(table: Table, handle: Handle, voice: Voice, tx: Pick<Transaction, "ruleset">): NftSet {
  const found = handle.id !== undefined && handle.name === undefined ? [...table.sets.values()].find((set) => set.handle === handle.id) : table.sets.get(handle.name ?? "");
  if (found) return found;
  const loc = handle.nameLoc ?? handle.idLoc;
  if (voice === "plain") throw new NftError("No such file or directory", loc);
  const like = likeSet(tx.ruleset, handle.name ?? "");
  const missing = new NftError(like === "" && voice === "kernel" ? GONE : `No such file or directory${like}`, loc);
  if (voice === "kernel") missing.ofKernel = true;
  throw missing;
}

export function objectOf(table: Table, kind: ObjectKind, handle: Handle, voice: Voice): NamedObject {
  const found = handle.id !== undefined && handle.name === undefined ? [...table.objects.values()].find((object) => object.kind === kind && object.handle === handle.id) : table.object(kind, handle.name ?? "");
  if (found) return found;
  const loc = handle.nameLoc ?? handle.idLoc;
  const guess = nearest(handle.name ?? "", [...table.objects.values()].map(({ name }) => name));
  if (guess !== undefined) throw new NftError(`No such file or directory; did you mean obj ‘${guess}’ in table ${table.family} ‘${table.name}’?`, loc);
  throw new NftError(voice === "plain" ? "No such file or directory" : GONE, loc);
}

/** `src,dst`: which side of the packet each dimension of a set looks at. parse_dirs() of libxt_set.h. */
import type { SetDirection } from "../attach";
import { fail } from "./problem";

const MOST = 6;

export function parseDirections(text: string): readonly SetDirection[] {
  const words = text.split(",");
  if (words.length > MOST) fail("Can't be more src/dst options than 6.");
  return words.map((word) => (word === "src" || word === "dst" ? word : fail("You must spefify (the comma separated list of) 'src' or 'dst'.")));
}

/** -m comment: says something to whoever reads the rules; matches always. libxt_comment.c. */
import { defineMatch } from "../extension";
import { quote } from "../quote";

type Options = { text: string };
/** XT_MAX_COMMENT_LEN, the closing zero included; more is cut off. */
const LONGEST = 256;

export const comment = defineMatch<Options>({
  name: "comment",
  init: () => ({ text: "" }),
  options: {
    comment: {
      mandatory: true,
      set: (o, value) => {
        o.text = value.slice(0, LONGEST - 1);
      },
    },
  },
  test: () => true,
  save: ({ text }) => `--comment ${quote(text)}`,
  list: ({ text }) => `/* ${text} */`,
});

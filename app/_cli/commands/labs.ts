/** `podpath labs`: what there is to practise. */
import { type Command, parse } from "../command";
import { findLabs } from "../lab-files";

export const labs: Command = {
  name: "labs",
  usage: "labs [--json]",
  summary: "lists the labs",
  options: [["--json", "prints an array"]],

  run(args, { root }) {
    const { values } = parse(args, { json: { type: "boolean" } });
    const rows = findLabs(root).map(({ summary: { id, title, level, minutes, topics } }) => ({ slug: id, title, level, minutes, topics }));
    if (values.json) {
      console.log(JSON.stringify(rows, null, 2));
      return 0;
    }
    const width = Math.max(4, ...rows.map(({ slug }) => slug.length));
    console.log(`${"SLUG".padEnd(width)}  LEVEL  MIN  TITLE`);
    for (const { slug, level, minutes, title, topics } of rows) {
      console.log(`${slug.padEnd(width)}  ${level.padEnd(5)}  ${String(minutes).padStart(3)}  ${title}${topics.length > 0 ? `  (${topics.join(", ")})` : ""}`);
    }
    return 0;
  },
};

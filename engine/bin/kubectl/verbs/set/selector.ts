/** `kubectl set selector`: replaces a Service's selector. */
import type { Task } from "../../../../core/task";
import type { Command } from "../../command";
import { Failure } from "../../errors";
import { listAt, mapAt, stringsAt, textAt } from "../../json";
import { labelSelectorOf } from "../../label-selector";
import { changeAll, findForSet, SET_FLAGS } from "./template";
import type { FlagSpec } from "../../flags";

const VERSION: FlagSpec = { name: "resource-version", kind: "string", usage: "If non-empty, the selectors update will only succeed if this is the current resource-version for the object." };

export const selector: Command = {
  name: "selector",
  summary: "Set the selector on a resource",
  usage: "set selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version] [options]",
  flags: [...SET_FLAGS.filter(({ name }) => name !== "selector"), { name: "selector", short: "l", kind: "string", usage: "Selector (label query) to filter on", refused: true }, VERSION],
  *run(context): Task<number> {
    const { args } = context;
    const expression = args.at(-1);
    if (expression === undefined) throw new Failure("one selector is required");
    const wanted = labelSelectorOf(expression);
    const found = yield* findForSet(context, args.slice(0, -1));
    const version = context.flags.string("resource-version");
    return yield* changeAll(context, found, "selector updated", (object, info) => {
      if (info.resource.kind !== "Service") throw new Failure("error: setting a selector is only supported for Services");
      const expressions = listAt(wanted, "matchExpressions");
      if (expressions.length > 0) throw new Failure(`error: match expression [${expressions.map((one) => `{${textAt(one, "key")} ${textAt(one, "operator")} [${stringsAt(one, "values").join(" ")}]}`).join(" ")}] not supported on this object`);
      const metadata = version === "" ? mapAt(object, "metadata") : { ...mapAt(object, "metadata"), resourceVersion: version };
      return { ...object, metadata, spec: { ...mapAt(object, "spec"), selector: mapAt(wanted, "matchLabels") } };
    }, { evenIfSame: true });
  },
};

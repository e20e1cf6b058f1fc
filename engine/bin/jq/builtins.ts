/**
 * jq's builtin functions. Those that jq itself defines in its own language are defined in it here
 * too (PRELUDE); the rest are native. Parameters of natives are filters or, mostly, their values.
 */
import type { Filter } from "./ast";
import { add } from "./arithmetic";
import type { At, Evaluator, Scope } from "./evaluate";
import { NATIVE_VALUES, range } from "./functions";
import { deletePaths, getPath, JqError, type Path, shown, updatePath } from "./paths";
import { compare, isArray, type Json, truthy, typeOf } from "./value";

export type Native = (input: At, args: readonly Filter[], scope: Scope) => Generator<At>;

/** name/arity → "name(parameters): body". */
export const PRELUDE: ReadonlyMap<string, string> = new Map(
  `map(f): [.[] | f]
map_values(f): .[] |= f
select(f): if f then . else empty end
recurse(f): def r: ., (f | r); r
recurse(f; cond): def r: ., (f | select(cond) | r); r
recurse_down: recurse
values: select(. != null)
nulls: select(. == null)
booleans: select(type == "boolean")
numbers: select(type == "number")
strings: select(type == "string")
arrays: select(type == "array")
objects: select(type == "object")
iterables: select(type | . == "array" or . == "object")
scalars: select(type | . != "array" and . != "object")
to_entries: [keys_unsorted[] as $k | {key: $k, value: .[$k]}]
from_entries: reduce .[] as $x ({}; . + { ($x | .key // .Key // .name // .Name): ($x | if has("value") then .value else .Value end) })
with_entries(f): to_entries | map(f) | from_entries
del(f): delpaths([path(f)])
paths: path(..) | select(length > 0)
paths(node_filter): . as $dot | paths | select(. as $p | $dot | getpath($p) | node_filter)
leaf_paths: paths(scalars)
any: reduce .[] as $x (false; . or $x)
all: reduce .[] as $x (true; . and $x)
any(f): reduce (.[] | f) as $x (false; . or $x)
all(f): reduce (.[] | f) as $x (true; . and $x)
any(g; cond): isempty(first(g | cond | select(.))) | not
all(g; cond): isempty(first(g | cond | select(. | not)))
isempty(g): first((g | false), true)
in(xs): . as $x | xs | has($x)
inside(xs): . as $x | xs | contains($x)
combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end
combinations(n): . as $dot | [range(n)] | map($dot) | combinations
until(cond; update): def _until: if cond then . else (update | _until) end; _until
while(cond; update): def _while: if cond then ., (update | _while) else empty end; _while
repeat(f): def _repeat: f | (., _repeat); _repeat
range($x): range(0; $x)
first: .[0]
last: .[-1]
last(f): reduce f as $x (null; $x)
nth($n): .[$n]
nth($n; f): if $n < 0 then error("nth doesn't support negative indices") else last(limit($n + 1; f)) end
first(f): label $out | (f | ., break $out)
limit($n; f): if $n < 0 then f else label $out | foreach f as $item (0; . + 1; $item, if . >= $n then break $out else empty end) end
index($i): indices($i) | .[0]
rindex($i): indices($i) | .[-1:][0]
join($x): if length == 0 then "" else reduce .[] as $i (null; (if . == null then "" else . + $x end) + ($i | if . == null then "" elif type == "string" then . else tojson end)) end
todate: strftime("%Y-%m-%dT%H:%M:%SZ")
fromdate: fromdateiso8601
fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime
todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ")
dateadd(u; n): . + n
datesub(u; n): . - n
date: todate
match(re): match(re; null)
test(re): test(re; null)
capture(re): capture(re; null)
capture(re; mods): match(re; mods) | [.captures | .[] | select(.name != null) | {key: .name, value: .string}] | from_entries
scan(re): scan(re; null)
scan(re; mods): match(re; "g" + mods) | if (.captures | length) > 0 then [.captures | .[] | .string] else .string end
splits($re): splits($re; null)
splits($re; flags): split($re; flags) | .[]
ascii_downcase: explode | map(if 65 <= . and . <= 90 then . + 32 else . end) | implode
ascii_upcase: explode | map(if 97 <= . and . <= 122 then . - 32 else . end) | implode
walk(f): def w: if type == "object" then map_values(w) elif type == "array" then map(w) else . end | f; w
env: $ENV
finites: select(isinfinite or isnan | not)
normals: select(isnormal)
tostream: path(def r: (.[]?|r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p+$q])
unique: group_by(.) | map(.[0])
unique_by(f): [group_by(f)[] | .[0]]
min_by(f): _minmax(map([f]); -1)
max_by(f): _minmax(map([f]); 1)
sub(re; str): sub(re; str; "")
gsub(re; str): sub(re; str; "g")
gsub(re; str; flags): sub(re; str; flags + "g")
sub(re; str; flags): . as $in | (reduce (match(re; flags) | . as $edit | ($edit.captures | map(select(.name != null) | {key: .name, value: .string}) | from_entries) as $c | [$edit.offset, $edit.length, ([$c | str] | .[0])]) as $e ([0, ""]; [$e[0] + $e[1], .[1] + $in[.[0]:$e[0]] + $e[2]])) as $r | $r[1] + $in[$r[0]:]
halt_error: halt_error(5)
input_filename: null
IN(s): any(s == .; .)
IN(src; s): any(src == s; .)
INDEX(stream; idx_expr): reduce stream as $row ({}; .[$row | idx_expr | tostring] |= $row)
INDEX(idx_expr): INDEX(.[]; idx_expr)
sort_by(f): _by(map([f]); 0)
group_by(f): _by(map([f]); 1)
reverse: [.[length - 1 - range(0; length)]]
add: reduce .[] as $x (null; . + $x)
ltrimstr($x): if type == "string" and ($x | type) == "string" and startswith($x) then .[($x | length):] else . end
rtrimstr($x): if type == "string" and ($x | type) == "string" and endswith($x) and ($x | length) > 0 then .[:(length - ($x | length))] else . end`
    .split("\n")
    .map((line) => [keyOf(line), line] as const),
);

function keyOf(line: string): string {
  const m = /^(\w+)(?:\(([^)]*)\))?:/.exec(line);
  return `${m?.[1]}/${m?.[2] === undefined ? 0 : m[2].split(";").length}`;
}

/** A function that wants its arguments as filters: paths, sorting by a key, inputs. */
export function native(evaluator: Evaluator, key: string): Native | undefined {
  const values = NATIVE_VALUES.get(key);
  if (values) return (input, args, scope) => applied(evaluator, values, input, args, scope);
  const own = Object.hasOwn(SPECIAL, key) ? SPECIAL[key] : undefined;
  return own && ((input, args, scope) => own(evaluator, input, args, scope));
}


/** Every combination of the arguments' values, the last one turning slowest. */
function* applied(evaluator: Evaluator, run: (input: Json, args: readonly Json[]) => Iterable<Json>, input: At, args: readonly Filter[], scope: Scope): Generator<At> {
  function* combine(i: number, tail: readonly Json[]): Generator<At> {
    if (i < 0) {
      for (const value of run(input.value, tail)) {
        if (input.path !== undefined && value !== null) throw new JqError(`Invalid path expression with result ${typeOf(value)}`);
        yield { value, path: input.path === undefined ? undefined : [] };
      }
      return;
    }
    for (const value of evaluator.run(args[i] as Filter, input.value, scope)) yield* combine(i - 1, [value, ...tail]);
  }
  yield* combine(args.length - 1, []);
}

type Special = (evaluator: Evaluator, input: At, args: readonly Filter[], scope: Scope) => Generator<At>;

const plain = (value: Json): At => ({ value, path: undefined });

const SPECIAL: Readonly<Record<string, Special>> = {
  *"empty/0"() {},
  *"not/0"(_, { value }) {
    yield plain(!truthy(value));
  },
  *"recurse/0"(evaluator, input, _, scope) {
    yield* evaluator.at({ kind: "recurse" }, input, scope);
  },
  *"path/1"(evaluator, { value }, [filter], scope) {
    for (const path of evaluator.paths(filter as Filter, value, scope)) yield plain(path);
  },
  *"getpath/1"(evaluator, input, [filter], scope) {
    for (const path of evaluator.run(filter as Filter, input.value, scope)) {
      if (!isArray(path)) throw new JqError("Path must be specified as an array");
      yield { value: getPath(input.value, path), path: input.path === undefined ? undefined : [...input.path, ...path] };
    }
  },
  *"setpath/2"(evaluator, { value }, [paths, values], scope) {
    for (const to of evaluator.run(values as Filter, value, scope)) {
      for (const path of evaluator.run(paths as Filter, value, scope)) {
        if (!isArray(path)) throw new JqError("Path must be specified as an array");
        yield plain(updatePath(value, path, () => to));
      }
    }
  },
  *"delpaths/1"(evaluator, { value }, [filter], scope) {
    for (const paths of evaluator.run(filter as Filter, value, scope)) {
      if (!isArray(paths)) throw new JqError("Paths must be specified as an array");
      yield plain(deletePaths(value, paths as readonly Path[]));
    }
  },
  *"sort/0"(_, { value }) {
    if (!isArray(value)) throw new JqError(`${shown(value)} cannot be sorted, as it is not an array`);
    yield plain([...value].sort(compare));
  },
  *"range/2"(evaluator, { value }, [from, to], scope) {
    for (const first of evaluator.run(from as Filter, value, scope)) for (const last of evaluator.run(to as Filter, value, scope)) for (const each of range(first, last)) yield plain(each);
  },
  *"_by/2"(evaluator, { value }, [keys, grouped], scope) {
    const [by] = evaluator.run(keys as Filter, value, scope);
    const [grouping] = evaluator.run(grouped as Filter, value, scope);
    if (!isArray(value) || !by || !isArray(by)) throw new JqError(`${shown(value)} cannot be sorted, as it is not an array`);
    const sorted = value.map((item, i) => ({ key: by[i] as Json, item })).sort((a, b) => compare(a.key, b.key));
    if (grouping === 0) {
      yield plain(sorted.map(({ item }) => item));
      return;
    }
    const groups: { key: Json; items: Json[] }[] = [];
    for (const { key, item } of sorted) {
      const last = groups.at(-1);
      if (last && compare(last.key, key) === 0) last.items.push(item);
      else groups.push({ key, items: [item] });
    }
    yield plain(groups.map(({ items }) => items));
  },
  *"_minmax/2"(evaluator, { value }, [keys, sign], scope) {
    const [by] = evaluator.run(keys as Filter, value, scope);
    const [direction] = evaluator.run(sign as Filter, value, scope);
    if (!isArray(value) || !by || !isArray(by)) throw new JqError(`Cannot index ${typeOf(value)} with number`);
    let best = -1;
    for (const [i, key] of by.entries()) {
      const order = best < 0 ? 0 : compare(key, by[best] as Json) * (direction as number);
      if (best < 0 || order > 0 || (order === 0 && direction === 1)) best = i;
    }
    yield plain(value[best] ?? null);
  },
  *"error/0"(_, { value }) {
    // An error of null is no error: the stream ends, silently.
    if (value !== null) throw new JqError(value);
  },
  *"error/1"(evaluator, { value }, [filter], scope) {
    for (const message of evaluator.run(filter as Filter, value, scope)) {
      if (message === null) return;
      throw new JqError(message);
    }
  },
  *"builtins/0"(evaluator) {
    yield plain([...PRELUDE.keys(), ...NATIVE_VALUES.keys(), ...Object.keys(SPECIAL)].filter((key) => !key.startsWith("_") && evaluator !== undefined));
  },
  *"input/0"(evaluator) {
    const next = evaluator.around.nextInput();
    if (next === undefined) throw new JqError("break");
    yield plain(next);
  },
  *"inputs/0"(evaluator) {
    for (let next = evaluator.around.nextInput(); next !== undefined; next = evaluator.around.nextInput()) yield plain(next);
  },
  *"input_line_number/0"(evaluator) {
    yield plain(evaluator.around.inputLine());
  },
  *"debug/0"(evaluator, input) {
    evaluator.around.debug(["DEBUG:", input.value]);
    yield input;
  },
  *"now/0"(evaluator) {
    yield plain(evaluator.around.nowSeconds());
  },
  *"add/1"(evaluator, { value }, [filter], scope) {
    let sum: Json = null;
    for (const each of evaluator.run(filter as Filter, value, scope)) sum = add(sum, each);
    yield plain(sum);
  },
  *"halt/0"() {
    throw new Halt(undefined, 0);
  },
  *"halt_error/1"(evaluator, { value }, [filter], scope) {
    for (const status of evaluator.run(filter as Filter, value, scope)) throw new Halt(value, Number(status));
  },
};

/** The program wants to end, with a word on standard error or without. */
export class Halt {
  constructor(
    readonly message: Json | undefined,
    readonly status: number,
  ) {}
}

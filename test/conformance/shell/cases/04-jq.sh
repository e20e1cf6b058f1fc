echo '{"b":1,"a":[1,2,{"c":null}],"10":true,"2":"x"}' | jq .; echo '{"b":1,"a":[1,2]}' | jq -c .; echo '{"b":1,"a":2}' | jq -S .; echo '[]' | jq .; echo '{}' | jq .; echo '"x"' | jq -r .
###
echo '{"a":{"b":[1,2,3]}}' | jq '.a.b[1], .a["b"], .a.b[-1], .a.b[1:], .a.b[:1], .x, .a?.c'; echo '[1]' | jq '.a'; echo $?; echo '[1]' | jq '.a?'; echo 5 | jq '.[]'; echo $?
###
echo '[3,1,2]' | jq -c 'sort, reverse, length, add, min, max, map(.+1), map(select(.>1)), first, last, (.[]|.*2), index(1), unique, contains([1]), any, all'
###
echo '[{"n":"b","v":2},{"n":"a","v":1},{"n":"a","v":3}]' | jq -c 'sort_by(.n), group_by(.n), map(.v)|tostring, min_by(.v)?'; echo '[{"n":"b","v":2},{"n":"a","v":1}]' | jq -c 'sort_by(.v), max_by(.v), min_by(.v), unique_by(.n), (map({(.n): .v}) | add)'
###
echo '{"a":1,"b":2}' | jq -c 'keys, to_entries, with_entries(.value+=1), map_values(.*2), has("a"), has("z"), del(.a), length, (keys|length), [.[]], from_entries?, .c=3, .a|=.+10'
###
echo '"hello world"' | jq -c 'length, split(" "), ascii_upcase, test("wor"), ltrimstr("hello "), rtrimstr("world"), startswith("he"), endswith("x"), explode[0:2], .[0:5], sub("o";"0"), gsub("o";"0"), [match("o";"g").offset], capture("(?<first>\\w+)"), [scan("o")], ascii_downcase, tojson, @base64, @uri, index("o"), indices("o")'
###
jq -n '1+2*3, 7/2, 7%3, -1, (1,2), [range(5)], [range(2;8;3)], "a"+"b", "ab"*3, [1,2]-[2], {"a":1}+{"b":2}, {"a":{"x":1}}*{"a":{"y":2}}, 10/4, 1e3, 1.5, 100000000000, 3.0, 0.1, 1e17, 1e-7' -c
###
jq -n -c 'if 1 then "t" else "f" end, if null then 1 elif true then 2 else 3 end, (null // 5), (false // null), (1 == 1.0), (1 < "a"), (null < false), ([] < {}), (true and false), (true or error), (1|not), [.[]?], try error("x") catch ., (try (1|.[0]) catch .)'
###
jq -n 'error("boom")'; echo $?; jq -n '{} | error'; echo $?; jq -n '1 + "a"'; echo $?; jq -n '{} - 1'; echo $?; jq -n '[] | .["a"]'; jq -n '1/0'; jq -n '"a" | tonumber'; jq -n 'null|keys'; jq -n '{a:1}|.[0]'
###
jq -n '1 +'; echo $?; jq -n 'foo'; echo $?; jq -n '.a b'; echo $?; jq -n '$x'; echo $?; jq -n '{'; echo $?; jq; echo $?; jq -Z . ; echo $?; jq . nope; echo $?
###
echo '{"a":1' | jq .; echo $?; echo '{a:1}' | jq .; echo $?; echo '[1,2' | jq .; echo $?; echo 'nope' | jq .; echo $?; printf '1 2\n3' | jq -c .; printf '' | jq .; echo $?; echo '[1,]' | jq .; echo $?; echo '{"a":1}}' | jq -c .; echo $?
###
jq -n -r '"a\tb", [1,"x y"], @sh "echo \("it'"'"'s")", ([1,"a\"b",null,true]|@csv), (["a\tb",1]|@tsv), ("<&>"|@html), ("a b/é"|@uri), ("aGk="|@base64d), ([1,[2]]|@json), @text "x\(1+1)y"'
###
echo '{"items":[{"metadata":{"name":"web-1","labels":{"app":"web"}},"status":{"phase":"Running","podIP":"10.244.1.5"}},{"metadata":{"name":"db-0"},"status":{"phase":"Pending"}}]}' > p; jq -r '.items[].metadata.name' p; jq -r '.items[] | select(.status.phase=="Running") | "\(.metadata.name) \(.status.podIP)"' p; jq -c '.items | map({name: .metadata.name, app: .metadata.labels.app})' p; jq '.items | length' p; jq -r '.items[] | [.metadata.name, .status.phase] | @tsv' p; jq -e '.items[5]' p; echo $?; jq -e '.items' p > /dev/null; echo $?; jq '[.items[].status.podIP // "none"]' p
###
jq -n -c --arg x 1 --argjson y '{"a":2}' '$x, $y, $y.a, $ARGS.named'; jq -n -c '$ARGS.positional' --args a b; jq -n -c '[$__loc__.line]'; FOO=bar jq -n -r 'env.FOO, $ENV.FOO'; printf '1\n2\n' | jq -s -c .; printf 'a\nb\n' | jq -R .; printf 'a\nb\n' | jq -Rs .; printf '1 2 3' | jq -n -c '[inputs]'; printf '1 2 3' | jq -c '[., input]'; printf '1 2' | jq -j .; echo
###
jq -n -c 'def f: .+1; def g(x): x*2; def h($a; $b): $a+$b; 1|f, g(3), h(1;2), (reduce (1,2,3) as $x (0; .+$x)), [foreach (1,2,3) as $x (0; .+$x)], [limit(2; 1,2,3)], first(5,6), [.[]?], (. as $v | $v+1), ([[1,2]]|.[] as [$a,$b]|$a+$b), ({"a":1} as {a:$q}|$q), [recurse(if .<3 then .+1 else empty end)], [while(.<5; .+1)], until(.>9; .+3), (label $out | 1, break $out, 2)'
###
jq -n -c '[paths] , ({"a":[1,{"b":2}]} | [paths], [paths(type=="number")], [leaf_paths], getpath(["a",1,"b"]), setpath(["a",0];9), delpaths([["a",0]]), path(.a[0]), [..|numbers], to_entries, (.a[1].b |= 5), (.a += [3]), tostream)' 
###
jq -n -c '[1,[2,[3]]]|flatten, flatten(1)'; jq -n -c '[[1,2],[3]]|transpose, combinations, (map(length))'; jq -n -c '"2015-03-05T23:51:47Z"|fromdate, (fromdate|todate)'; jq -n -c '0|gmtime, (gmtime|mktime), strftime("%A %d %B %Y"), todate'; jq -n -c '[1,null,"a",[],{}, true]|map(type), (.[]|tojson), (sort)'; jq -n -c '"1.50"|tonumber, ("x"|ascii_downcase)'; jq -n -c '[splits("a";"b")]?' ; jq -n -c '"a,b;c"|[splits("[,;]")], split("[,;]";null), ascii_upcase, (.|@text), walk(.), input_line_number'
###
jq -n -c '[3.7, -3.7]|map(floor), map(ceil), map(fabs), map(round), (.[0]|sqrt|floor), pow(2;10), (infinite|isinfinite), (nan|isnan), ([nan]|tojson), infinite, -infinite'; jq -n -c '[1,2]|join(","), (["a","b"]|join("-")), ("abc"|.[1:2]), ("abc"|.[-1:]), inside([1,2,3]), (.[0] as $x | [$x, .[1]]), IN(1)?' ; jq -n 'halt_error'; jq -n '"bye\n"|halt_error(3)'; echo $?
###
jq -n -c '{a:1,b:2}|{a,c:.b,"d":3,(("e","f")):4,"x\(1)":5,$__loc__}'; jq -n -c '{"a b":1}|."a b", .["a b"], {"a b"}'; jq -n -c '{if:1,and:2}|.if,.and'; jq -n -c '[1,2,3]|.[1:]=[9], (.[0],.[2])|=.*2, del(.[0,1]), to_entries[0], (.[] |= empty)' ; jq -n -c '[limit(3;repeat(1))], [range(0)], [range(3;0;-1)], ([]|first?), ([]|add), (null|add), ("x"|test("X";"i")), ([1,1,2]|unique|length), ({}|.a.b.c), ({}|.a.b=1), ([]|.[2]=1)'
###
echo '{"a":[1,{"b":[]}],"c":{}}' | jq --tab .; echo '{"a":[1]}' | jq --indent 1 .; echo '"é\u0001\u00e9"' | jq -a .; echo '"é\u007f"' | jq .; echo '{"a":[1,"x",null,true,{"k":2}]}' | jq -C -c .; echo '[1,{"a":2}]' | jq -C .

import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { runProgram } from "@/test/support/programs";
import { awk } from "./awk";

const PODS = `NAME        READY   STATUS    RESTARTS   AGE
payments-a  1/1     Running   0          3m
payments-b  0/1     Pending   2          15s
catalog-x   1/1     Running   1          2d
`;

/** Programs, each compared with what the awk of this machine prints for them, where there is one. */
const CASES: readonly (readonly [program: string, stdin: string, printed: string])[] = [
  ["{print $1}", PODS, "NAME\npayments-a\npayments-b\ncatalog-x\n"],
  ["NR>1 && $3==\"Running\" {n++} END {print n}", PODS, "2\n"],
  ["NR>1{s+=$4} END{print s, s/3}", PODS, "3 1\n"],
  ["/payments/{print NR\": \"$0}", PODS, "2: payments-a  1/1     Running   0          3m\n3: payments-b  0/1     Pending   2          15s\n"],
  ["{print NF, $NF}", "a b c\n\nd\n", "3 c\n0 \n1 d\n"],
  ["{$2=\"x\"; print}", "a  b   c\n", "a x c\n"],
  ["BEGIN{FS=\":\"; OFS=\"-\"} {$1=$1; print}", "a:b:c\n", "a-b-c\n"],
  ["{c[$1]++} END{for(k in c) n+=c[k]; print n, length(c)}", "a\nb\na\n", "3 2\n"],
  ["BEGIN{printf \"%5.2f|%-5s|%05d|%x|%c|%%|%s\\n\", 3.14159, \"ab\", 42, 255, 65, 1e6}", "", " 3.14|ab   |00042|ff|A|%|1000000\n"],
  ["BEGIN{print 1/3, 1e6, 0.1+0.2}", "", "0.333333 1000000 0.3\n"],
  ["BEGIN{print substr(\"hello\",2,3), substr(\"hello\",4), length(\"hello\"), index(\"hello\",\"l\")}", "", "ell lo 5 3\n"],
  ["BEGIN{s=\"a.b.c\"; n=split(s,p,\".\"); print n, p[1], p[3]; gsub(/[.]/,\"-\",s); print s; sub(/a/,\"[&]\",s); print s}", "", "3 a c\na-b-c\n[a]-b-c\n"],
  ["BEGIN{if (match(\"foobar\", /o+/)) print RSTART, RLENGTH; print toupper(\"x\") tolower(\"Y\")}", "", "2 2\nXy\n"],
  ["function f(n) {return n<=1 ? 1 : n*f(n-1)} BEGIN{print f(10)}", "", "3628800\n"],
  ["function fill(a, n,  i) {for(i=0;i<n;i++) a[i]=i*i} BEGIN{fill(sq,4); print sq[3]}", "", "9\n"],
  ["BEGIN{while(i<3) {i++; if(i==2) continue; printf \"%d \", i}; do {i--} while(i>0); print i}", "", "1 3 0\n"],
  ["/b/,/d/", "a\nb\nc\nd\ne\n", "b\nc\nd\n"],
  ["NR==2{exit 3} {print} END{print \"end\"}", "a\nb\nc\n", "a\nend\n"],
  ["BEGIN{x[1,2]=3; if ((1,2) in x) print \"in\"; delete x[1,2]; print length(x)}", "", "in\n0\n"],
  ["$2 > 9", "a 10\nb 9\nc 100\n", "a 10\nc 100\n"],
  ["$1 == 1.0", "1\n1.0\n01\nx\n", "1\n1.0\n01\n"],
  ["!seen[$1]++", "a\nb\na\n", "a\nb\n"],
  ["BEGIN{print length()}", "", "0\n"],
  ["BEGIN { print -2^2, 2^-1, 2^3, 7%3, !0, 1 - 1 }", "", "-4 0.5 8 1 1 0\n"],
  ["BEGIN{print 1==1.0, \"a\"<\"b\", \"10\"<\"9\", 10<9}", "", "1 1 1 0\n"],
  ["{print $1, $(NF-1)}", "a b c d\n", "a c\n"],
  ["BEGIN{RS=\"\"}{print NR\":\"$1}", "a\nb\n\nc\nd\n", "1:a\n2:c\n"],
  ["{ getline next_line; print next_line \" after \" $0 }", "a\nb\n", "b after a\n"],
  ["BEGIN { while ((getline line < \"/nonexistent\") > 0) n++; print n+0 }", "", "0\n"],
  ["{ n = $1 ~ /^[0-9]+$/ ? \"num\" : \"txt\"; print n }", "12\nab\n", "num\ntxt\n"],
  ["BEGIN { a = \"x\" \"y\"; print a 1+2 \"z\" }", "", "xy3z\n"],
  ["{ print > \"/dev/stdout\" }", "", ""],
  ["$3 ~ \"Run\" { print $1 } # remark\nEND { print \"done\" }", PODS, "payments-a\ncatalog-x\ndone\n"],
];

const real = spawnSync("awk", ["BEGIN{}"]).status === 0;

test.each(CASES)("awk '%s'", (program, stdin, printed) => {
  expect(runProgram(awk, [program], { stdin }).stdout).toBe(printed);
  if (real) expect(spawnSync("awk", [program], { input: stdin, encoding: "utf8" }).stdout, "what the machine's own awk prints").toBe(printed);
});

test("-F and -v and operands that assign", () => {
  expect(runProgram(awk, ["-F:", "-v", "x=a\\tb", "{print $2, x, y}", "y=1", "f", "y=2", "f"], { files: { f: "p:q\n" } })).toEqual({ stdout: "q a\tb 1\nq a\tb 2\n", stderr: "", exit: 0 });
});

test("exit has the status it is given, and a missing file is told", () => {
  expect(runProgram(awk, ["BEGIN{exit 3}"]).exit).toBe(3);
  expect(runProgram(awk, ["1", "nowhere"])).toEqual({ stdout: "", stderr: 'awk: cannot open "nowhere" (No such file or directory)\n', exit: 2 });
});

test.each(["{print", "BEGIN{x[}", "{print $}", "BEGIN{f(1)}", "/(/", "BEGIN { print substr( }", "}", "BEGIN{getline < }"])("%s is refused and nothing breaks", (program) => {
  const { exit, stderr } = runProgram(awk, [program], { stdin: "a\n" });
  expect([exit, stderr.startsWith("awk: ")]).toEqual([2, true]);
});

test("a loop without end lets the world go on", () => {
  expect(() => runProgram(awk, ["BEGIN{while(1);}"], { forMs: 50 })).toThrow("did not end");
});

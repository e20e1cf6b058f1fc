cat > s.sh <<'X'
#!/bin/bash
set -euo pipefail
name=${1:-world}
greet() { local who=$1; echo "Hello, $who"; }
greet "$name"
for f in a b c; do
  case $f in
    a) printf '%s\n' first ;;
    *) echo "other $f" ;;
  esac
done
nosuchcmd || echo "failed with $?"
false
echo never
X
chmod +x s.sh; ./s.sh; echo "exit $?"; bash s.sh Bob; echo "exit $?"
###
cat > s.sh <<'X'
echo one
echo )
echo two
X
bash s.sh; echo $?
###
cat > s.sh <<'X'
echo $((1/0))
echo after
x=$undefined
echo ${y?not set}
echo never
X
bash s.sh; echo $?
###
cat > s.sh <<'X'
nosuch
ls nope
cd nope
echo "line $LINENO"
X
bash s.sh; echo $?; echo 'echo from stdin; nosuch' | bash; echo $?; bash nope.sh; echo $?; bash /tmp; echo $?
###
printf 'echo 1\nread x\nthis is data\necho got $x\n' | bash; echo 'exit 5' | bash; echo $?; bash -s a b <<< 'echo $1 $2 $#'
###
while read -r n rest; do echo "$n:$rest"; done <<X
1 one two
2 three
X
i=0; while ((i < 3)); do ((i++)); [[ $i -eq 2 ]] && continue; echo $i; done
###
f() { echo "args: $*"; for a; do echo "<$a>"; done; shift; echo "rest: $@"; }; f 1 "2 3" 4; set -- x y; f; echo $@
###
arr=(); arr+=(one); arr+=("two three"); printf '[%s]' "${arr[@]}"; echo " ${#arr[@]}"; for i in "${!arr[@]}"; do echo "$i=${arr[i]}"; done; unset 'arr[0]'; echo "${arr[@]}" ${#arr[@]}; echo "${arr[@]/two/2}"
###
declare -A cnt; for w in a b a c a; do ((cnt[$w]++)); done; for k in $(echo "${!cnt[@]}" | tr ' ' '\n' | sort); do echo $k ${cnt[$k]}; done
###
retry() { local n=0; until "$@"; do n=$((n+1)); [ $n -ge 3 ] && return 1; done; }; retry false; echo $?; retry true; echo $?
###
trap 'echo cleanup; rm -f t' EXIT; touch t; (exit 3); echo $?; ls t; kill -TERM $$; sleep 1
###
(trap 'echo sub exit' EXIT; echo in sub); echo out; trap 'echo main exit' EXIT
###
exec 2>&1; echo err >&2; ls nope; exec > log; echo hidden; exec >&2; cat log
###
{ echo a; echo b >&2; } > o 2> e; cat o e; { cat <<< x; } | tr x y; ( echo c; echo d ) | sort -r | head -1; echo $(( 3 > 2 ? 10 : 20 ))
###
out=$(ls nope 2>&1); echo "[$out] $?"; if ! out=$(false); then echo "failed $?"; fi; x=$(echo a; exit 4) || echo "status $?"; local_test() { local y=$(false); echo $?; }; local_test
###
echo "a:b:c" | { IFS=: read -ra p; echo "${p[2]} ${#p[@]}"; }; IFS=, ; set -- 1 2 3; echo "$*"; unset IFS; echo "$*"; v="1 2"; for x in $v; do echo $x; done
###
seq 3 | while read n; do sum=$((sum+n)); echo "running $sum"; done; echo "outside: ${sum:-unset}"; sum=0; while read n; do sum=$((sum+n)); done < <(seq 3); echo "outside: $sum"
###
x=5; (( x > 3 )) && echo big; (( x == 5 && x < 10 )) && echo both; if (( x % 2 )); then echo odd; fi; (( y = x * 2 )); echo $y; echo $(( x << 2 | 1 )) $(( x & 4 )) $(( x ^ 1 )) $(( ~x )) $(( -x ** 2 ))
###
s="hello world"; [[ $s == *world ]] && echo ends; [[ $s =~ ([a-z]+)\ ([a-z]+) ]] && echo "${BASH_REMATCH[2]} ${BASH_REMATCH[1]}"; [[ $s == hello\ * ]] && echo begins; [[ ! $s < abc ]] && echo after; [[ -z $nope && -n $s ]] && echo empty; [[ $s != "hello*" ]] && echo literal
###
for ((i=10; i>0; i-=3)); do printf '%d ' $i; done; echo; for i in 1 2 3; do for j in 1 2 3; do (( j == 2 )) && break; (( i == 3 )) && break 2; echo $i$j; done; done; select_none=; for x in $select_none; do echo no; done; echo "end"
###
cmd="echo hi"; $cmd; "$cmd"; eval "$cmd there"; a='x y'; set -- $a; echo $#; set -- "$a"; echo $#; e=; echo "${e:-default}" "${e-kept}" "${#a}"; n=a; echo ${!n}; printf '%s|' ${a/x/z} "${a^^}"; echo
###
mkdir -p src/{a,b}; touch src/a/1.txt src/b/2.txt; for f in src/*/*.txt; do b=${f##*/}; d=${f%/*}; echo "$d -> ${b%.txt}"; done; find src -type f | while read -r f; do echo "${f#src/}"; done | sort; ls src/a/*.none 2>/dev/null || echo none; echo src/[ab]/?.txt
###
usage() { echo "usage: $0 [-v] [-n num] file" >&2; return 2; }; parse() { local OPTIND v=0 n=1 o; while getopts vn: o; do case $o in v) v=1;; n) n=$OPTARG;; *) usage; return;; esac; done; shift $((OPTIND-1)); echo "v=$v n=$n rest=$*"; }; parse -v -n 3 a b; parse -x 2>&1 | sed 's/^[^:]*: *//'; parse file
###
sleep 0.2 & p1=$!; sleep 0.1 & p2=$!; wait $p2; echo "p2 $?"; wait $p1; echo "p1 $?"; (sleep 0.05; exit 9) & wait $!; echo $?; for i in 1 2 3; do (sleep 0.0$i; echo job $i) & done; wait; echo all done; jobs
###
set -x; for i in 1 2; do echo $i; done; [ 1 = 1 ] && x="a b"; f() { :; }; f arg; [[ $x == a* && -n $x ]]; case $x in a*) :;; esac; ((1 + 1)); set +x
###
set -e; trap 'echo "line $LINENO failed: $?"' ERR; true; if false; then :; fi; false || true; (exit 3); echo never
###
set -o pipefail; false | true || echo pf; set +o pipefail; false | true && echo ok; set -o | grep -E 'pipefail|errexit'; shopt -s nocasematch; [[ ABC == abc ]] && echo nc; shopt nullglob; set -C; echo x > f; echo y > f; set +C; cat f
###
cat <<A; cat <<'B'; cat <<-C
one $((1+1))
A
two $((1+1))
B
	three
C
cat <<EOF2 | tr a-z A-Z
piped
EOF2
cat <<< "$(printf 'x\ny')"
###
printf 'name=%s age=%d\n' bob 30 alice 25; printf '%-10s|%5.2f|%03d\n' left 3.14159 7; printf '%s\n' "$(date -u -d @0 +%Y)"; printf '%x %o %c\n' 255 8 z; printf '%5s%%\n' 50; printf '\\n\n'; printf '%s %s\n' one
###
echo a b c | (read x y; echo "$y"); echo {1..3}{a,b}; echo ~root | head -c1; echo; echo "tab	tab" | tr '\t' '_'; echo $'a\nb' | wc -l; echo -e '\e[1mx\e[0m' | cat -v; x=$'it\'s'; echo "$x"
###
ls -d /etc /nope; echo $?; test -f /etc/passwd -a -d /etc && echo yes; cat /nope /etc/hostname > /dev/null; echo $?; grep -q root /etc/passwd && echo found; grep zzz /etc/passwd; echo $?; wc -l < /etc/passwd > /dev/null && echo ok
###
echo one > f; echo two >> f; sed -i 's/one/1/' f; cat f; sort -r f -o f; cat f; awk '{print NR": "$0}' f; while IFS= read -r line || [ -n "$line" ]; do echo "[$line]"; done < <(printf 'a\nb'); tac f | paste -sd, ; nl -w2 -s'. ' f

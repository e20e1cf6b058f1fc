if true; then echo yes; else echo no; fi; if false; then echo a; elif true; then echo b; fi
###
for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done; for ((i=0;i<3;i++)); do echo -n $i; done; echo
###
i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done; until [ $i -eq 0 ]; do i=$((i-1)); done; echo $i
###
for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done; while :; do while :; do break 2; done; done; echo out
###
case foo.txt in *.log) echo log;; *.txt|*.md) echo text;; *) echo other;; esac; case x in [a-m]) echo am;; [!a-m]) echo nz;; esac
###
case a in a) echo 1;& b) echo 2;; c) echo 3;; esac; case a in a) echo 1;;& [a-c]) echo 2;;& d) echo 3;; esac
###
f() { echo "in $1 $#"; return 3; }; f a b; echo $?; function g { local x=1; x=2; echo $x; }; x=0; g; echo $x
###
f() { local a=1; g; echo $a; }; g() { a=2; }; f; echo "[$a]"; fact() { [ $1 -le 1 ] && echo 1 || echo $(( $1 * $(fact $(( $1 - 1 ))) )); }; fact 6
###
true && echo a || echo b; false && echo a || echo b; ! true; echo $?; ! false; echo $?; false || true && echo c
###
(x=1; echo $x; exit 4); echo $? "[$x]"; { y=2; echo $y; }; echo $y
###
echo a | { read x; echo "got $x"; }; echo a | read z; echo "[$z]"; echo b | while read l; do echo "l=$l"; n=1; done; echo "[$n]"
###
true | false; echo $?; false | true; echo $? ${PIPESTATUS[@]}; set -o pipefail; false | true; echo $?; exit 3 | true | exit 2; echo "${PIPESTATUS[@]}"
###
set -e; false || echo ok; if false; then :; fi; ! true; echo still; false; echo never
###
set -e; f() { false; echo infn; }; f || echo caught; (false; echo x) || echo sub; f; echo never
###
set -e; x=$(false); echo never
###
trap 'echo bye $?' EXIT; echo hi; exit 5
###
trap 'echo err' ERR; false; true; false || true; echo end
###
trap 'echo got' USR1; kill -USR1 $$; echo after; trap - USR1; trap
###
trap 'echo int; exit 1' INT; trap -p; kill -INT $$; echo never
###
[[ abc == a* ]] && echo 1; [[ abc == "a*" ]] || echo 2; [[ abc =~ ^a(b)(c)$ ]] && echo ${BASH_REMATCH[0]} ${BASH_REMATCH[1]} ${BASH_REMATCH[2]}; [[ a < b && 2 -gt 1 ]] && echo 3; [[ -n x && ! -z y ]] && echo 4
###
[[ -f /etc/passwd ]] && echo f; [[ -d /etc ]] && echo d; [[ -e /nope ]] || echo no; [[ ( a == b ) || c == c ]] && echo grp; x="a b"; [[ $x == "a b" ]] && echo nosplit
###
[ a = a ] && echo 1; [ 1 -eq 1 ] && echo 2; [ -z "" ] && echo 3; [ a -a b ] && echo 4; [ "" -o b ] && echo 5; [ ! a ] || echo 6; [ ]; echo $?; [ a; echo $?
###
[ 1 -eq a ]; echo $?; [ a b ]; echo $?; [ a b c ]; echo $?; test; echo $?; test 1 -lt 2 -a 3 -gt 2 && echo ok; [ a b c d e ]; echo $?
###
((1)) && echo t; ((0)) || echo f; ((x=5)); echo $x; let y=x*2 z=3; echo $y $z; ((1/0)); echo $?
###
nosuchcommand; echo $?; ./nofile; echo $?; /tmp; echo $?; touch noexec; ./noexec; echo $?
###
eval 'x=1; echo $x'; eval "echo \$x"; eval; echo $?; eval 'echo )'; echo $?
###
echo 'echo sourced $1; y=7; return 2' > s; . ./s arg; echo $? $y; source ./nope; echo $?; . ; echo $?
###
set -- a b c; shift; echo $@; shift 5; echo $? $@; shift 2; echo $#; set -x; echo hi "a b" > /dev/null; y=1; set +x
###
while getopts "ab:c" o; do case $o in a) echo A;; b) echo "B=$OPTARG";; c) echo C;; ?) echo bad;; esac; done
###
set -- -a -b val -cx rest; while getopts "ab:c" o; do echo "$o ${OPTARG:-}"; done; shift $((OPTIND-1)); echo $@
###
set -- -b; while getopts ":b:" o; do echo "$o $OPTARG"; done; set -- -z; OPTIND=1; while getopts ":b:" o; do echo "$o $OPTARG"; done
###
read a b c <<< "1 2 3 4"; echo "$a|$b|$c"; read -r x <<< 'a\b'; echo $x; read x <<< 'a\b'; echo $x; IFS=: read u v <<< "p:q:r"; echo $u $v; read -a arr <<< "x y z"; echo ${arr[1]} ${#arr[@]}
###
printf 'a b\nc d' | while read x y; do echo "$y $x"; done; printf 'no newline' | { read x; echo $? $x; }; printf 'l1\nl2\n' | { read -d '' x; echo "$x"; }; echo abcdef | { read -n 3 x; echo $x; }
###
mapfile -t l < <(printf '1\n2\n3\n'); echo ${#l[@]} ${l[2]}; printf '  lead\n' | { read x; echo "[$x]"; }; printf '  lead\n' | { IFS= read x; echo "[$x]"; }
###
sleep 0.1 & wait $!; echo $?; (exit 7) & wait $!; echo $?; wait 99999; echo $?; sleep 0.05 & sleep 0.01 & wait; echo all; wait -n; echo $?
###
type echo cd if ls nosuch; echo $?; type -t echo ls if nosuch; command -v echo ls; command -v nosuch; echo $?; f() { :; }; type -t f; command -V cd
###
alias x='echo aliased'; alias x; alias; unalias x; alias x; echo $?
###
hash -r; pwd; cd /tmp; pwd; cd - ; cd /nope; echo $?; cd /etc/passwd; echo $?; cd a b; echo $?; echo $OLDPWD
###
pushd /tmp; pushd /usr; dirs; popd; popd; popd; echo $?
###
umask; umask 027; umask; umask -S; touch f; stat -c %a f; mkdir d; stat -c %a d
###
echo $0 $# $$ | grep -c '^bash 0 [0-9]*$'; bash -c 'echo $0 $1 $2' name a b; echo $- | grep -c h; echo ${BASH_VERSION%%.*} $BASH_SUBSHELL; (echo $BASH_SUBSHELL)
###
f() { echo ${FUNCNAME[0]}; g; }; g() { echo ${FUNCNAME[@]}; }; f; 
###
declare -p x; x=1; declare -p x; export x; declare -p x; a=(1 "b c"); declare -p a; readonly x; declare -p x; unset x; echo $?
###
kill -l 9; kill -l TERM; kill -9 99999; echo $?; kill abc; echo $?; kill -FOO 1; echo $?; kill; echo $?
###
exec echo replaced; echo never
###
exec nosuch; echo never
###
bash -c 'exit 300'; echo $?; bash -c 'kill -TERM $$'; echo $?; (kill -TERM $BASHPID); echo $?
###
times > /dev/null; : a b c; true x; false x; echo $?; builtin echo hi; builtin nosuch; echo $?; command echo hi; command -x; echo $?
###
break; echo $?; continue; echo $?; return; echo $?; exit abc
###
shift x; echo $?; shift -1; echo $?; export 1x=2; echo $?; unset 1x; echo $?; readonly -x; echo $?
###
cd -x; echo $?; set -o nosuch; echo $?; set -Z; echo $?; shopt nosuch; echo $?; read -z; echo $?; local x; echo $?; unset -x; echo $?
###
time true 2>/dev/null; { time sleep 0.01; } 2>&1 | grep -c real; ! { false; }; echo $?
###
echo $(( $(echo 1) + 1 )) ; x='1 + 2'; echo $((x)) $(($x * 2)); a=(5 6); echo $((a[1] + a)) ; (( a[0]++ )); echo ${a[0]}
###
select x in a; do echo $x; done
###
coproc cat
###
echo unterminated "quote
###
echo 'unterminated
###
echo $(echo a
###
if true; then echo a
###
for do; done
###
echo )
###
( echo a
###
}
###
fi
###
echo a &&
###
| cat
###
echo a | | cat
###
case x in
###
while true; do
###
f() { echo a
###
echo a;; echo b
###
echo ok
echo )
echo never
###
if ; then echo a; fi
###
[[ a == ]]
###
[[ a b ]]
###
cat <<X
text
###
x=(1 2
###
echo ${x
###
echo `echo a
###
& echo
###
; echo
###
!
###
{ echo a; } }
###
echo {a
###
function f
###
a() b
###
for i in a b
do echo $i
done; for i
do echo no; done; if true
then echo yes
fi
###
echo a\
b; echo "c\
d" # comment
echo e#f # g
###
# only a comment
###

###
x=1 # set
[ $x = 1 ] && # trailing
echo cont
###
echo a; echo b & wait; echo c
###
{ sleep 0.02; echo late; } & echo early; wait
###
yes | head -3; seq 1000000 | head -2; seq 5 | tail -2
###
(echo a; echo b) | (read x; echo "first $x"; cat)
###
x=outer; (x=inner; echo $x); echo $x; f() { x=func; }; f; echo $x; g() ( x=sub ); g; echo $x
###
echo "$(echo "a b" | tr a-z A-Z)" | cat | cat; echo a | cat > f; cat f; echo $(echo $(echo $(echo deep)))
###
for f in *; do echo "file $f"; done; for x in $(seq 3); do echo -n "$x "; done; echo
###
history; jobs; fg; bg; disown; suspend
###
ulimit -n > /dev/null; echo $?; enable > /dev/null; echo ok
###
let; echo $?; let 1+1; echo $?; let 0; echo $?; let "x = 5 + 3"; echo $x; let x+=1 ; echo $x
###
printf; echo $?; printf -z; echo $?; echo $LINENO; 
echo $LINENO
###
a=1; b=2; echo $a$b${a}b "$a"'$b'"$b"; echo "a"b'c'; echo ""; echo ''; echo "" '' x
###
echo 1>f 2>&1; cat f; >g; ls; 2>h ls nope; cat h
###
ls f* 2>/dev/null || echo none; [ -e f ] || echo missing; test -d . && echo dir; [ -t 0 ] || echo notty

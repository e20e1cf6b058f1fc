echo hello world
###
echo "a  b"   c'd'"e"
###
x=5; echo $x "$x" '$x' \$x ${x}y
###
echo ${x:-def} ${x-def} ${x:=set} $x ${x:+alt}
###
x=; echo "[${x:-def}]" "[${x-def}]" "[${x:+alt}]" "[${x+alt}]"
###
x=hello; echo ${#x} ${x:1} ${x:1:3} ${x: -3} ${x:0:-1} ${x:(-4):2}
###
x=a.b.c; echo ${x%.*} ${x%%.*} ${x#*.} ${x##*.}
###
x=/usr/local/bin/foo; echo ${x##*/} ${x%/*} ${x/local/LOCAL} ${x//\//:}
###
x=banana; echo ${x/a/A} ${x//a/A} ${x/#b/B} ${x/%a/Z} ${x//an} ${x/n*/X}
###
x=hello; echo ${x^} ${x^^} ${x^^l}; y=HELLO; echo ${y,} ${y,,} ${y,,L}
###
x='a b  c'; echo $x; echo "$x"; set -- $x; echo $#
###
IFS=:; x=a:b::c; set -- $x; echo $#; printf '<%s>' "$@"; echo
###
IFS=' :'; x=' a : b  :: c '; set -- $x; echo $#; printf '<%s>' "$@"; echo
###
set -- a 'b c' d; for i in "$@"; do echo "[$i]"; done; for i in $*; do echo "<$i>"; done; echo "$*"; IFS=-; echo "$*"
###
set --; for i in "$@"; do echo no; done; echo "none:$#"; set -- ""; for i in "$@"; do echo "[$i]"; done
###
set -- a b c d e; echo ${@:2} ${@:2:2} ${@: -2} $# ${!#}
###
echo {a,b,c} {1..5} {a..e} x{1,2}y {01..03} {5..1} {1..10..3} {a,b}{1,2} {} {a} "{a,b}" a{b,c{d,e}}f
###
echo $((1+2*3)) $((7/2)) $((-7/2)) $((7%3)) $((2**10)) $((1<<4)) $((0x1f)) $((010)) $((2#101)) $((5>3)) $((5<3?1:2))
###
x=5; echo $((x++)) $x $((++x)) $((x+=3)) $x $((x==9&&1)) $((!x)) $((~0)) $((y=4,y*2)) $y
###
echo $((1/0)); echo after $?
###
echo $((1+)); echo after $?
###
echo $((08)); echo $?
###
echo $(echo sub) `echo back` "$(echo "nested $(echo deep)")"
###
x=$(printf 'a\n\n\n'); echo "[$x]"; y=$(exit 3); echo $?
###
echo ~ ~/x "~" x~ ~root; cd /tmp; echo ~+ ; x=~/a:~/b; echo $x
###
touch b.txt a.txt c.log; echo *.txt * *.none "*.txt" [ab].txt ?.log [!a]*
###
mkdir -p d/e; touch d/x d/.h d/e/y; echo d/* d/.* */ */*/*
###
shopt -s nullglob; echo *.none end; shopt -u nullglob; echo *.none end
###
shopt -s dotglob; touch .a b; echo *
###
set -f; touch a; echo *; set +f; echo *
###
a=(1 2 3); echo ${a[0]} ${a[1]} ${a[@]} ${#a[@]} "${a[@]}" ${!a[@]} ${a[-1]}; a+=(4); a[10]=x; echo ${!a[@]}; unset a[1]; echo "${a[@]}"
###
a=(x 'y z' w); for i in "${a[@]}"; do echo "[$i]"; done; echo "${a[*]}" ${#a[1]} "${a[@]:1:2}" "${a[@]/y/Y}" "${a[@]#x}"
###
declare -A m; m[foo]=1; m[bar baz]=2; echo ${m[foo]} "${m[bar baz]}" ${#m[@]}; for k in "${!m[@]}"; do echo $k; done | sort
###
declare -A m=([a]=1 [b]=2); echo ${m[a]}${m[b]}; [[ -v m[a] ]] && echo yes; unset m[a]; echo ${#m[@]}
###
x=abc; y=x; echo ${!y}; foo_1=a foo_2=b; echo ${!foo_*}
###
x='it'\''s'; echo "$x" "${x@Q}"; printf '%q\n' "a b" 'c$d' '' $'e\nf'
###
echo $'a\tb\n\x41\u00e9\101' "a\tb" 'a\tb'
###
echo "a\$b\`c\\d\"e" a\ b "a\
b"
###
echo "${x:-"quoted word"}" ${x:-a b} "${x:-'single'}" ${x:-'single quoted'} "${x:+}"
###
x='*'; touch f; echo $x "$x" ${x}; y='f*'; echo $y
###
set -u; echo ${x:-ok}; echo $x; echo no
###
echo ${x?missing}; echo after
###
echo ${x:?}; echo after
###
x=1; echo ${x:?}; echo after $?
###
echo ${1x}; echo $?
###
echo ${}; echo $?
###
readonly r=1; r=2; echo after $?
###
x=5 y=$x; echo $y; z=1 bash -c 'echo $z'; echo "[$z]"
###
export A=1; B=2; bash -c 'echo $A-$B'; export B; bash -c 'echo $A-$B'; unset A; bash -c 'echo $A-$B'
###
HOME=/nowhere; echo ~; unset HOME; echo ~ | head -c 1
###
x=a; x+=b; echo $x; declare -i n=5; n+=3; echo $n; n=2*4; echo $n
###
declare -u u=abc; declare -l l=ABC; echo $u $l; declare -r q=1; q=2; echo $?
###
echo "$(cat <<X
inner $((1+1))
X
)"
###
cat <<EOF2
a $HOME \$HOME `echo x` "q" 'r'
EOF2
cat <<'EOF2'
a $HOME \$HOME `echo x`
EOF2
cat <<-EOF2
	tabbed
	EOF2
###
cat <<< "here $((2+3))"; cat <<< $HOME
###
echo a > f; echo b >> f; cat < f; cat f f | wc -l; echo x 1>&2 2>/dev/null; ls nope 2>&1 | cat; ls nope > out 2>&1; cat out
###
{ echo out; echo err >&2; } 2>&1 | sort; { echo out; echo err >&2; } > f 2>&1; cat f; { echo o; echo e >&2; } &> g; cat g
###
exec 3> f; echo hi >&3; exec 3>&-; cat f; echo x >&3
###
exec 4< /etc/hostname; read -u 4 x; [ -n "$x" ] && echo ok; exec 4<&-
###
echo hi > /nonexistent/x; echo $?; cat < /nonexistent; echo $?; : > ""; echo $?
###
set -o noclobber; echo a > f; echo b > f; echo $?; echo c >| f; cat f
###
diff <(printf 'a\nb\n') <(printf 'a\nc\n'); echo $?; cat <(echo one) <(echo two)
###
x=$(< /etc/hostname); [ -n "$x" ] && echo read
###
printf '%s-%d-%05.2f-%x-%c|%5s|%-5s|\n' str 42 3.14159 255 char ab cd
###
printf '%s\n' a b c; printf '%s %s\n' 1 2 3; printf '%d\n' abc; echo $?; printf '%b' 'a\tb\n'; printf '%%\n'; printf 'no newline'; echo
###
printf '%5.1f|%e|%g|%g\n' 2.25 12345.678 0.0001 1e20; printf '%+d % d %05d %-5d|\n' 5 5 5 5; printf '%o %X %#x\n' 8 255 255
###
printf -v v '%03d' 7; echo $v; printf '\x41\101\n'; printf '%s'; echo; printf '%z\n'; echo $?
###
echo -e 'a\tb\\c\x41'; echo -n no; echo; echo -E 'a\tb'; echo -ne 'x\n'; echo -- -n; echo -x; echo -e 'stop\chere'; echo

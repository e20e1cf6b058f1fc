printf 'c\na\nb\na\n' | sort; printf 'c\na\nb\na\n' | sort -u; printf 'c\na\nb\n' | sort -r; printf '10\n9\n2\n' | sort; printf '10\n9\n2\n' | sort -n; printf '10\n9\n2\n' | sort -nr
###
printf 'b 2\na 10\nc 1\n' | sort -k2; printf 'b 2\na 10\nc 1\n' | sort -k2n; printf 'b:2\na:10\nc:1\n' | sort -t: -k2,2nr; printf '1.10\n1.9\n1.2\n' | sort -V; printf '2K\n1M\n3\n' | sort -h; printf 'B\na\nC\n' | sort -f
###
printf 'a\na\nb\nc\nc\nc\n' | uniq; printf 'a\na\nb\n' | uniq -c; printf 'a\na\nb\n' | uniq -d; printf 'a\na\nb\n' | uniq -u; printf 'A\na\n' | uniq -i
###
printf 'a\na\nb\nb\nb\nc\n' | sort | uniq -c | sort -rn | head -2
###
printf 'a:b:c\nd:e:f\nnodelim\n' | cut -d: -f2; printf 'a:b:c\n' | cut -d: -f1,3; printf 'abcdef\n' | cut -c2-4; printf 'a:b:c\nx\n' | cut -s -d: -f2-; printf 'abc\n' | cut -c 1,3; printf 'a:b:c:d\n' | cut -d: -f2-3 --output-delimiter=,
###
cut; echo $?; cut -f; echo $?; cut -f 0; echo $?; cut -d ab -f 1; echo $?; cut -f a; echo $?; cut -c 3-1; echo $?; cut -x; echo $?
###
echo hello | tr a-z A-Z; echo hello | tr -d l; echo aabbcc | tr -s ab; echo 'a b c' | tr ' ' '\n'; echo abc | tr -c 'ab\n' x; echo hello | tr el ip; echo abc123 | tr -d '[:digit:]'; echo abc | tr '[:lower:]' '[:upper:]'; echo "a:b" | tr : '\t'
###
tr; echo $?; tr a; echo $?; tr a b c; echo $?; tr -d a b; echo $?; tr z-a b < /dev/null; echo $?
###
printf 'a b\nc\n' | wc; printf 'a b\nc\n' | wc -l; printf 'a b\nc' | wc -w; printf 'héllo\n' | wc -c; printf 'héllo\n' | wc -m; printf 'a\n' > f; printf 'b c\nd\n' > g; wc f g; wc -l f; wc nope; echo $?; wc -L g
###
seq 3; seq 2 4; seq 1 2 7; seq 5 -2 1; seq -w 8 10; seq -s, 3; seq 0.5 0.5 2; seq 3 1; seq; echo $?; seq a; echo $?; seq -f '%03g' 2
###
printf '1\n2\n3\n4\n5\n' > f; head -n 2 f; head -2 f; head -c 3 f; head -n -3 f; tail -n 2 f; tail -2 f; tail -n +4 f; tail -c 4 f; head -n 1 f f; tail -n 1 f - < f
###
head nope; echo $?; head -n x f; echo $?; tail nope; echo $?; tail -n x; echo $?; head -x; echo $?; mkdir d; head d; echo $?
###
printf 'a\tb\n\n\nc\n' | cat -A; printf 'a\n\nb\n' | cat -n; printf 'a\n\nb\n' | cat -b; printf 'a\n\n\nb\n' | cat -s; cat nope; echo $?; mkdir d; cat d; echo $?; echo x | cat - ; cat -z; echo $?
###
touch a b; mkdir c; ls; ls -1; ls -a; ls -d c; ls nope; echo $?; ls -F; ls c; ls -z; echo $?; ls a c; ls -R
###
echo hi > f; chmod 640 f; ls -l f | cut -c1-10; stat -c '%a %s %F %n' f; chmod u+x,g-r f; stat -c %A f; chmod 999 f; echo $?; chmod; echo $?; chmod 644 nope; echo $?; chmod a=r f; stat -c %a f
###
mkdir a; mkdir a; echo $?; mkdir -p a/b/c; ls a/b; mkdir x/y; echo $?; mkdir; echo $?; rmdir a; echo $?; rmdir a/b/c; rmdir nope; echo $?; mkdir -v z; rmdir -p a/b; ls
###
touch f; rm f; rm f; echo $?; rm -f f; echo $?; mkdir d; rm d; echo $?; rm -r d; rm; echo $?; rm -z; echo $?; touch a b; rm -v a b; rm -rf nope; echo $?; rm -r .; echo $?
###
echo 1 > a; cp a b; cat b; cp a nope/x; echo $?; cp nope b; echo $?; cp; echo $?; cp a; echo $?; mkdir d; cp d e; echo $?; cp -r d e; ls -d e; cp a d; ls d; cp a b d; ls d; cp a b nope; echo $?; cp a a; echo $?; cp -v a c
###
echo 1 > a; mv a b; ls; mv nope c; echo $?; mkdir d; mv b d; ls d; mv d/b d/c; ls d; mv; echo $?; mv d; echo $?; mv d d/e; echo $?; echo 2 > x; mv -v x y; touch p q; mv p q nope; echo $?
###
echo 1 > a; ln -s a l; cat l; readlink l; ls -l l | sed 's/.* l/l/'; ln a h; stat -c %h a; ln -s a l; echo $?; ln -sf /etc/passwd l; readlink l; readlink -f l; ln -s nowhere dang; cat dang; readlink a; echo $?; realpath a | sed 's/.*\///'; ln nope x; echo $?
###
basename /a/b/c.txt; basename /a/b/c.txt .txt; basename a/; basename /; dirname /a/b/c; dirname a; dirname /; dirname a/b/; basename; echo $?; basename -a x/y z/w; basename -s .c a.c; dirname; echo $?
###
echo abc | rev; printf '1\n2\n3\n' | tac; printf 'a\nb\n' | nl; printf 'a\n\nb\n' | nl -ba; echo abcdefghij | fold -w 4; printf 'aaa bbb ccc\n' | fold -s -w 5; printf 'a\nb\n' > x; printf '1\n2\n' > y; paste x y; paste -d, x y; paste -s x; seq 6 | paste - - -
###
printf 'a 1\nbbb 22\n' | column -t; printf 'a:1\nbbb:22\n' | column -t -s:; printf 'a\nb\nc\n' > x; printf 'b\nc\nd\n' > y; comm x y; comm -12 x y; comm -3 x y; comm x; echo $?
###
expr 1 + 2; expr 5 - 3; expr 4 '*' 3; expr 7 / 2; expr 7 % 4; expr a = a; expr a = b; echo $?; expr 1 '<' 2; expr length hello; expr substr hello 2 3; expr index hello l; expr hello : 'h\(.*\)o'; expr abc : 'x'; expr 1 / 0; echo $?; expr 1 +; echo $?; expr a + 1; echo $?; expr '(' 1 + 2 ')' '*' 3; expr; echo $?
###
echo hello | base64; echo aGVsbG8K | base64 -d; echo '!!!' | base64 -d; echo $?; seq 40 | base64 | head -2; seq 40 | base64 -w0 | wc -c; printf a | base64; printf ab | base64
###
echo hello | md5sum; echo hello | sha256sum; echo hello | sha1sum; echo x > f; md5sum f > s; md5sum -c s; echo y > f; md5sum -c s; echo $?; sha256sum nope; echo $?
###
printf 'abc\nd' | od -c; printf 'abc' | od -An -tx1; printf 'abcd' | od; printf 'hello world, this is long\n' | od -A x -t x1z; printf 'abc' | hexdump -C; seq 20 | hexdump -C | head -3; printf 'ab' | xxd 2>/dev/null || true
###
printf 'a\nb\nc\n' > x; printf 'a\nB\nc\nd\n' > y; diff x y; echo $?; diff x x; echo $?; diff -q x y; diff -u --label x --label y x y; diff x nope; echo $?; printf 'a' > p; printf 'a\n' > q; diff p q
###
printf '1\n2\n3\n4\n5\n6\n7\n8\n9\n' > x; printf '1\n2\n4\n5\n6\n7\nX\n8\n9\n10\n' > y; diff x y; diff -U1 --label a --label b x y; cmp x y; echo $?; cmp x x; echo $?
###
echo a b c | xargs; echo a b c | xargs -n1 echo x; printf 'a b\nc\n' | xargs -I{} echo "[{}]"; printf 'a\0b c\0' | xargs -0 -n1 echo; echo | xargs echo none; echo | xargs -r echo none; echo "a 'b c' d" | xargs -n1; echo x | xargs nosuch; echo $?; echo 1 | xargs sh -c 'exit 3'; echo $?; echo "'" | xargs; echo $?
###
seq 3 | xargs -t echo; seq 4 | xargs -n2 -P2 echo | sort; echo a,b,c | xargs -d, -n1 echo; seq 5 | xargs -L2 echo
###
timeout 0.05 sleep 5; echo $?; timeout 5 true; echo $?; timeout 1 false; echo $?; timeout; echo $?; timeout x true; echo $?; timeout 1 nosuch; echo $?; timeout --preserve-status 0.05 sleep 5; echo $?
###
sleep x; echo $?; sleep; echo $?; sleep 0; sleep 0.01s; sleep 1x; echo $?; true --help > /dev/null; yes abc | head -2; tee a b < /etc/hostname > /dev/null; cmp a b && echo same; echo x | tee /nope/x; echo $?; echo add | tee -a a > /dev/null; wc -l < a
###
env -i A=1 env; env -u HOME A=2 printenv A HOME; echo $?; env nosuch; echo $?; printenv NOPE; echo $?; id -u; whoami; uname; uname -o; env -i; hostname > /dev/null && echo ok
###
date -u -d @0; date -u -d @1700000000 +%Y-%m-%dT%H:%M:%SZ; date -u -d '2024-02-29 12:34:56' '+%a %b %e %j %U %u %p %I %y'; date -u -d 2024-01-01 +%s; date -d nonsense; echo $?; date -u -d @1700000000 -Iseconds; date -u -d @0 -R; date -u -d @0 +%F_%T_%N_%-d_%_d
###
mkdir -p d/e; touch d/a.txt d/e/b.txt d/c.log; find d | sort; find d -name '*.txt' | sort; find d -type d | sort; find d -maxdepth 1 -type f | sort; find d -name '*.txt' -o -name '*.log' | sort; find d ! -name '*.txt' -type f; find d -name b.txt -exec echo found {} \; ; find d -type f -exec echo {} + | tr ' ' '\n' | sort; find nope; echo $?; find d -foo; echo $?; find d -name; echo $?; find d -empty | sort
###
find . -mindepth 1; touch a; echo xx > b; find . -type f -size 0; find . -type f -size +0 -printf '%p %s %f\n'; find . -name a -delete; ls; find . -path './b'; find . \( -name b -o -name c \) -print; find . -type f -perm 644; find . -name b -prune -o -print
###
which ls sh nosuch; echo $?; nproc > /dev/null; tty; echo $?; echo a > f; truncate -s 0 f; wc -c f; du -b f; stat nope; echo $?; mktemp -u XXXX | wc -c; file nope > /dev/null; test -e f && echo e; sync; arch
###
nohup echo hi; nohup; echo $?; printf 'abcd\001xy\002longer\n' > s; strings s; strings -n 2 s; pgrep nosuchprocess; echo $?; pkill nosuchprocess; echo $?; kill -0 $$; echo $?
###
printf '%s\n' one two three | while IFS= read -r l; do printf '<%s>' "$l"; done; echo; ls -la nope* 2>&1; seq 10 | awk 'NR%2' | paste -sd+; true
###
printf 'x=1\ny=2\n' | while IFS== read k v; do echo "$k is $v"; done; printf 'a,b;c\n' | tr ',;' '\n\n' | sort -r | xargs echo; cat /etc/passwd | cut -d: -f1 | head -1; seq 1 5 | sort -R > /dev/null; echo $((`seq 3 | wc -l` * 2))
###
ls | wc -l; touch 'a b' c; ls; for f in *; do echo "$f"; done; rm *; ls; mkdir x && cd x && pwd | sed 's/.*\///' && cd .. && rmdir x

# Two nodes n and m joined by a cable, with a bridge cni0 and two pods p and q on n, one pod z on m, and a VXLAN between them
ip netns add n
ip netns add m
ip netns add p
ip netns add q
ip netns add z
for i in n m p q z; do ip netns exec $i sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 2>/dev/null; done; true
ip -n n link add eth0 index 2 address 02:00:00:00:00:11 type veth peer name eth0 netns m index 2 address 02:00:00:00:00:12
ip -n n link add cni0 index 3 address 02:00:00:00:01:01 type bridge
ip -n m link add cni0 index 3 address 02:00:00:00:02:01 type bridge
ip -n n link add vethp index 4 address 02:00:00:00:01:a0 type veth peer name eth0 netns p index 2 address 02:00:00:00:01:0a
ip -n n link add vethq index 5 address 02:00:00:00:01:b0 type veth peer name eth0 netns q index 2 address 02:00:00:00:01:0b
ip -n m link add vethz index 4 address 02:00:00:00:02:c0 type veth peer name eth0 netns z index 2 address 02:00:00:00:02:0c
for i in n m p q z; do ip -n $i link set lo up; ip -n $i link set eth0 up; done
ip -n n addr add 192.168.0.11/24 brd + dev eth0
ip -n m addr add 192.168.0.12/24 brd + dev eth0
ip -n n link set vethp master cni0 up
ip -n n link set vethq master cni0 up
ip -n m link set vethz master cni0 up
ip -n n addr add 10.244.1.1/24 brd 10.244.1.255 dev cni0
ip -n m addr add 10.244.2.1/24 brd 10.244.2.255 dev cni0
ip -n n link set cni0 up
ip -n m link set cni0 up
ip -n p addr add 10.244.1.10/24 brd 10.244.1.255 dev eth0
ip -n q addr add 10.244.1.11/24 brd 10.244.1.255 dev eth0
ip -n z addr add 10.244.2.12/24 brd 10.244.2.255 dev eth0
ip -n p route add default via 10.244.1.1
ip -n q route add default via 10.244.1.1
ip -n z route add default via 10.244.2.1
ip -n n link add flannel.1 index 6 address 02:00:00:00:f1:01 type vxlan id 1 dev eth0 local 192.168.0.11 dstport 8472 nolearning
ip -n m link add flannel.1 index 6 address 02:00:00:00:f1:02 type vxlan id 1 dev eth0 local 192.168.0.12 dstport 8472 nolearning
ip -n n addr add 10.244.1.0/32 dev flannel.1
ip -n m addr add 10.244.2.0/32 dev flannel.1
ip -n n link set flannel.1 up
ip -n m link set flannel.1 up
ip -n n route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink
ip -n m route add 10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink
ip -n n neigh add 10.244.2.0 lladdr 02:00:00:00:f1:02 dev flannel.1 nud permanent
ip -n m neigh add 10.244.1.0 lladdr 02:00:00:00:f1:01 dev flannel.1 nud permanent
bridge -n n fdb append 02:00:00:00:f1:02 dev flannel.1 dst 192.168.0.12
bridge -n m fdb append 02:00:00:00:f1:01 dev flannel.1 dst 192.168.0.11
ip netns exec n sysctl -qw net.ipv4.ip_forward=1
ip netns exec m sysctl -qw net.ipv4.ip_forward=1
sleep 1.2

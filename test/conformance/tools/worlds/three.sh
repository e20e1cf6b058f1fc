# A client, a router and a server: c eth0 10.1.1.2 - 10.1.1.1 eth0 r eth1 10.1.2.1 - 10.1.2.2 eth0 s
ip netns add c
ip netns add r
ip netns add s
for n in c r s; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 2>/dev/null; done; true
ip -n c link add eth0 index 2 address 02:00:00:00:01:02 type veth peer name eth0 netns r index 2 address 02:00:00:00:01:01
ip -n r link add eth1 index 3 address 02:00:00:00:02:01 type veth peer name eth0 netns s index 2 address 02:00:00:00:02:02
for n in c r s; do ip -n $n link set lo up; ip -n $n link set eth0 up; done
ip -n r link set eth1 up
ip -n c addr add 10.1.1.2/24 dev eth0
ip -n r addr add 10.1.1.1/24 dev eth0
ip -n r addr add 10.1.2.1/24 dev eth1
ip -n s addr add 10.1.2.2/24 dev eth0
ip -n c route add default via 10.1.1.1
ip -n s route add default via 10.1.2.1
ip netns exec r sysctl -qw net.ipv4.ip_forward=1

# shellcheck shell=bash
# A network bridge for the private engine alone. Two engines on docker0 would hand out the same addresses and
# take each other's firewall rules away, so ours gets its own bridge and three rules of its own. Sourced, never run.

# shellcheck disable=SC2034 # engine.sh reads them
bridge_name=
bridge_net=
bridge_mtu=1500

# The way out and back; -I, because another engine's policy for what is not named is to drop it, and -D to undo.
bridge_rules() {
    as_root iptables -w -t nat "$1" POSTROUTING -s "$bridge_net.0/24" ! -o "$bridge_name" -j MASQUERADE &&
        as_root iptables -w "$1" FORWARD -i "$bridge_name" -j ACCEPT &&
        as_root iptables -w "$1" FORWARD -o "$bridge_name" -j ACCEPT
}

choose_net() {
    for _ in {1..50}; do
        bridge_net=172.$((20 + RANDOM % 11)).$((RANDOM % 256))
        if ! { ip -4 route && ip -4 address; } | grep -qF " ${bridge_net%.*}."; then
            return
        fi
    done
    return 1
}

# The path of a container is as narrow as the machine's own way out.
outer_mtu() {
    local device
    device=$(ip -4 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
    cat "/sys/class/net/${device:-none}/mtu" 2>/dev/null || echo 1500
}

private_bridge_start() {
    choose_net || return 1
    bridge_mtu=$(outer_mtu)
    bridge_name=ck$$
    if as_root ip link add name "$bridge_name" type bridge &&
        as_root ip address add "$bridge_net.1/24" dev "$bridge_name" &&
        as_root ip link set dev "$bridge_name" up && bridge_rules -I; then
        return
    fi
    private_bridge_stop
    return 1
} 2>/dev/null

private_bridge_stop() {
    [[ -n $bridge_name ]] || return 0
    bridge_rules -D 2>/dev/null || true
    as_root ip link delete "$bridge_name" 2>/dev/null || true
    bridge_name=
}

# shellcheck shell=bash
# A Docker engine of our own: own data, sockets, containerd and bridge; one that runs already is never touched.
# Sourced after bridge.sh, never run.

engine_dir=
engine_data=
engine_url=

engine_answers() { timeout 5 docker --host "$engine_url" version; }

# Docker's overlay2 cannot lie on overlayfs, which is what /tmp is inside most containers. Where every place is one,
# the engine itself falls back to copying (vfs).
data_parent() {
    local place
    for place in /tmp /var/tmp /var/lib "$HOME" /home /mnt; do
        if [[ -d $place && -w $place && $(stat -f -c %T "$place") != overlayfs && $(free_megabytes "$place") -ge 4000 ]]; then
            echo "$place"
            return
        fi
    done
    echo /var/tmp
}

free_megabytes() { df --output=avail -BM "$1" | tail -n 1 | tr -dc 0-9; }

# start_daemon NAME COMMAND…: in a session of its own, so that Ctrl-C reaches the script alone, which then stops it in order.
start_daemon() {
    local name=$1
    shift
    # shellcheck disable=SC2016 # expanded by the inner shell
    as_root setsid bash -c 'echo $$ >"$1"; shift; exec "$@"' daemon "$engine_dir/$name.pid" "$@" \
        >"$engine_dir/$name.log" 2>&1 </dev/null &
}

alive() {
    local pid
    pid=$(cat "$engine_dir/$1.pid" 2>/dev/null) && [[ -d /proc/$pid ]]
}

containerd_config() {
    cat <<END
version = 2
root = "$engine_data/containerd"
state = "$engine_dir/c"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$engine_dir/c.sock"
END
}

# dockerd would take the containerd of an engine that exists, so ours is started and named.
start_containerd() {
    containerd_config >"$engine_dir/containerd.toml"
    start_daemon containerd containerd --config "$engine_dir/containerd.toml" --log-level warn
    wait_for 30 as_root test -S "$engine_dir/c.sock" || engine_failed containerd
}

start_dockerd() {
    local network=()
    if private_bridge_start; then
        network=(--bridge "$bridge_name" --mtu "$bridge_mtu" --iptables=false)
    else
        note "no bridge of its own could be made; the engine uses Docker's default one"
    fi
    start_daemon dockerd dockerd --data-root "$engine_data/docker" --exec-root "$engine_dir/x" --pidfile "$engine_dir/d.pid" \
        --host "$engine_url" --group "$(id -gn)" --containerd "$engine_dir/c.sock" --config-file "$engine_dir/daemon.json" "${network[@]}"
    local tries
    for ((tries = 0; tries < 240; tries++)); do
        if engine_answers >/dev/null 2>&1; then
            return
        fi
        # It has two seconds to write its process id; after that, no process is a failed start.
        ((tries < 8)) || alive dockerd || break
        sleep 0.25
    done
    engine_failed dockerd
}

# Says why, as far as the log tells, and ends the script.
engine_failed() {
    local log=$engine_dir/$1.log reason
    printf 'the last lines of %s:\n' "$1" >&2
    tail -n 25 "$log" >&2 || true
    # Warnings name much that does no harm; what ended it stands in the last of these.
    reason=$(grep -E '^failed to start|level=fatal|^containerd: ' "$log" | tail -n 1)
    case $reason in
    *[Cc]group*) die "$1 finds no usable control groups: mount /sys/fs/cgroup, or run this in a virtual machine or a privileged container" ;;
    *iptables* | *bridge* | *NAT*) die "$1 may not set up its network: it needs iptables, the bridge module and CAP_NET_ADMIN" ;;
    *ermission\ denied* | *not\ permitted*) die "$1 lacks rights: run this in a virtual machine or a privileged container" ;;
    *) die "$1 did not come up; the end of its log stands above" ;;
    esac
}

# Starts the engine; engine_url is its address.
private_engine_start() {
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    engine_dir=$(mktemp -d /tmp/cke.XXXXXX)
    at_end private_engine_stop
    engine_data=$(mktemp -d "$(data_parent)/ckd.XXXXXX")
    engine_url=unix://$engine_dir/e.sock
    echo '{}' >"$engine_dir/daemon.json"
    start_containerd
    start_dockerd
    note "private engine: $engine_url, Docker $(docker --host "$engine_url" version --format '{{.Server.Version}}')," \
        "storage $(docker --host "$engine_url" info --format '{{.Driver}}')"
}

# stop_daemon NAME SECONDS: asks, waits, then kills.
stop_daemon() {
    local pid
    pid=$(cat "$engine_dir/$1.pid" 2>/dev/null) || return 0
    as_root kill "$pid" 2>/dev/null || return 0
    wait_for "$2" test ! -d "/proc/$pid" || as_root kill -KILL "$pid" 2>/dev/null || true
}

stop_containers() {
    local ids
    mapfile -t ids < <(timeout 10 docker --host "$engine_url" ps --all --quiet 2>/dev/null)
    ((${#ids[@]} == 0)) || timeout 60 docker --host "$engine_url" rm --force --volumes "${ids[@]}" >/dev/null 2>&1 || true
}

# Shims outlive their containerd when it is killed; ours carry its socket in their command line.
stop_shims() {
    local file
    for file in /proc/[0-9]*/cmdline; do
        if { tr '\0' ' ' <"$file"; } 2>/dev/null | grep -qF -- "-address $engine_dir/c.sock"; then
            as_root kill -KILL "$(basename "$(dirname "$file")")" 2>/dev/null || true
        fi
    done
}

unmount_below() {
    local point
    while read -r point; do
        as_root umount --lazy "$point" 2>/dev/null || true
    done < <(awk '{print $5}' /proc/self/mountinfo | grep -E "^($engine_dir|$engine_data)(/|$)" | sort -r)
}

private_engine_stop() {
    [[ -n $engine_dir ]] || return 0
    if [[ -n $engine_data ]]; then
        stop_containers
        stop_daemon dockerd 30
        stop_daemon containerd 15
        stop_shims
        unmount_below
        private_bridge_stop
        as_root rm -rf "$engine_data"
    fi
    as_root rm -rf "$engine_dir"
    engine_dir=
}

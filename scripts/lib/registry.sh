# shellcheck shell=bash
# Registries of our own on loopback ports, without passwords, with deletion. Sourced, never run.

# The one that was started last.
registry_dir=
registry_pid=
registry_host=

# All of them.
registry_dirs=()
registry_pids=()

registry_answers() { curl --silent --fail --noproxy '*' --max-time 2 "http://$registry_host/v2/"; }

# A port can be taken between choosing and listening, so a registry that ends at once is tried elsewhere.
registry_came_up() {
    local tries=80
    until registry_answers >/dev/null 2>&1; do
        ((tries-- > 0)) && kill -0 "$registry_pid" 2>/dev/null || return 1
        sleep 0.25
    done
    kill -0 "$registry_pid" 2>/dev/null
}

registry_config() {
    cat <<END
version: 0.1
log: {level: warn, accesslog: {disabled: ${registry_is_silent:-true}}}
storage:
  filesystem: {rootdirectory: $registry_dir/data}
  delete: {enabled: true}
http:
  addr: $1
END
}

# Starts docker-registry; registry_host is where it listens.
private_registry_start() {
    local attempt
    ((${#registry_dirs[@]} > 0)) || at_end private_registries_stop
    registry_dir=$(mktemp -d /tmp/ckr.XXXXXX)
    registry_dirs+=("$registry_dir")
    for attempt in 1 2 3 4 5 6 7 8; do
        registry_host=localhost:$((20000 + RANDOM % 12000))
        registry_config "127.0.0.1:${registry_host#*:}" >"$registry_dir/config.yml"
        # A session of its own: Ctrl-C reaches the script first, which then stops it in order.
        setsid docker-registry serve "$registry_dir/config.yml" >"$registry_dir/log" 2>&1 </dev/null &
        registry_pid=$!
        if registry_came_up; then
            note "private registry: $registry_host"
            registry_pids+=("$registry_pid")
            return
        fi
        kill "$registry_pid" 2>/dev/null || true
        wait "$registry_pid" 2>/dev/null || true
        registry_pid=
    done
    tail -n 20 "$registry_dir/log" >&2
    die "docker-registry did not come up in $attempt attempts; the end of its log stands above"
}

private_registries_stop() {
    local pid
    # The last may have been interrupted while it came up.
    for pid in "${registry_pids[@]}" ${registry_pid:+"$registry_pid"}; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "${registry_dirs[@]}"
    registry_dirs=()
    registry_pids=()
    registry_pid=
}

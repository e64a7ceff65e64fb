# shellcheck shell=bash
# A registry of our own on a loopback port, without passwords, with deletion. Sourced, never run.

registry_dir=
registry_pid=
registry_host=

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
log: {level: warn, accesslog: {disabled: true}}
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
    registry_dir=$(mktemp -d /tmp/ckr.XXXXXX)
    at_end private_registry_stop
    for attempt in 1 2 3 4 5 6 7 8; do
        registry_host=localhost:$((20000 + RANDOM % 12000))
        registry_config "127.0.0.1:${registry_host#*:}" >"$registry_dir/config.yml"
        # A session of its own: Ctrl-C reaches the script first, which then stops it in order.
        setsid docker-registry serve "$registry_dir/config.yml" >"$registry_dir/log" 2>&1 </dev/null &
        registry_pid=$!
        if registry_came_up; then
            note "private registry: $registry_host"
            return
        fi
        kill "$registry_pid" 2>/dev/null || true
        wait "$registry_pid" 2>/dev/null || true
        registry_pid=
    done
    tail -n 20 "$registry_dir/log" >&2
    die "docker-registry did not come up in $attempt attempts; the end of its log stands above"
}

private_registry_stop() {
    [[ -n $registry_dir ]] || return 0
    if [[ -n $registry_pid ]]; then
        kill "$registry_pid" 2>/dev/null || true
        wait "$registry_pid" 2>/dev/null || true
    fi
    rm -rf "$registry_dir"
    registry_dir=
    registry_pid=
}

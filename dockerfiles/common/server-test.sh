# shellcheck shell=bash
# Shared by the tests of our servers (each has a link to it): starts the image without a network, waits until its own
# health check says that it is well, and removes it however the test ends.

engine=${DOCKER:-docker}
container=

remove_server() { [[ -z $container ]] || "$engine" rm --force --volumes "$container" >/dev/null; }

health() { "$engine" inspect --format '{{if .State.Running}}{{.State.Health.Status}}{{else}}ended{{end}}' "$container"; }

# start_server IMAGE [OPTION…]
start_server() {
    local image=$1 tries=120
    shift
    trap remove_server EXIT
    trap 'exit 130' INT TERM
    container=$("$engine" run --detach --network none --name "health-$$-$RANDOM" --read-only --tmpfs /tmp:mode=1777 \
        --health-interval 1s "$@" "$image")
    until [[ $(health) == healthy ]]; do
        if ((tries-- == 0)) || [[ $(health) == ended ]]; then
            echo "the server is not healthy but $(health); its log:" >&2
            "$engine" logs "$container" >&2
            return 1
        fi
        sleep 0.25
    done
}

# fetch PATH: what the server answers, asked inside its container.
fetch() { "$engine" exec "$container" wget -q -O - "http://127.0.0.1:8080$1"; }

# shellcheck shell=bash
# Measuring whole processes: repeated runs, the median, the most memory, one row of a table each. Sourced after common.sh
# and engine.sh by a script that sets `work`, never run.
# shellcheck disable=SC2034,SC2154 # some names come from those scripts, the results are for the one that sources this

# The table so far.
rows=()

# milliseconds: the time of the day.
milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# median_of NUMBER…
median_of() { printf '%s\n' "$@" | sort --numeric-sort | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

# measure RUNS COMMAND…: runs it that often after one run that is not counted. Sets median, fastest (milliseconds),
# cpu (milliseconds of the process itself, to which a busy machine does little) and memory (MB). `before_each`, if there is
# such a function, runs before each and is not counted.
measure() {
    local runs=$1 run start all=() sizes=() cpus=() size user system
    shift
    for ((run = 0; run <= runs; run++)); do
        ! declare -F before_each >/dev/null || before_each "$run"
        start=$(milliseconds)
        if ! /usr/bin/time --format '%M %U %S' --output "$work/usage" "$@" >"$work/out" 2>"$work/err"; then
            tail -n 20 "$work/out" "$work/err" >&2
            die "this failed while it was measured: $*"
        fi
        all+=($(($(milliseconds) - start)))
        read -r size user system < <(tail -n 1 "$work/usage")
        sizes+=("$size")
        # Both have two digits behind the point.
        cpus+=($((10 * (10#${user/./} + 10#${system/./}))))
        # The first run warms the caches.
        ((run > 0)) || all=() sizes=() cpus=()
    done
    median=$(median_of "${all[@]}")
    fastest=$(printf '%s\n' "${all[@]}" | sort --numeric-sort | sed -n 1p)
    cpu=$(median_of "${cpus[@]}")
    memory=$(($(printf '%s\n' "${sizes[@]}" | sort --numeric-sort | tail -n 1) / 1024))
}

# row WHAT NOTE TARGET: the last measure as a line of the table, shown at once.
row() {
    rows+=("| $1 | $median ms${2:+ ($2)} | $fastest ms | $cpu ms | $memory MB | $3 |")
    note "$1: $median ms${2:+ ($2)}, fastest $fastest ms, $cpu ms of CPU, $memory MB (to reach: $3)"
}

# print_table: what was measured, where, and under which load.
print_table() {
    printf '| what | median | fastest | own CPU | memory | to reach |\n| --- | ---: | ---: | ---: | ---: | --- |\n'
    printf '%s\n' "${rows[@]}"
    printf '\n%s, %s CPUs, load %s when it ended; %s; Docker %s\n' "$(uname -sm)" "$(nproc)" "$(cut -d ' ' -f 1 /proc/loadavg)" \
        "commit $(git -C "$repository" rev-parse --short HEAD 2>/dev/null || echo unknown)" \
        "$(docker --host "$engine_url" version --format '{{.Server.Version}}')"
}

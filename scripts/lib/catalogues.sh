# shellcheck shell=bash
# Catalogues to measure with, as large as wanted. Sourced after common.sh, never run.
# shellcheck disable=SC2154 # lib is common.sh's

# make_catalogue KIND COUNT FOLDER [VERSION]: writes a catalogue of COUNT definitions; catalogues.awk has the kinds.
make_catalogue() {
    local kind=$1 count=$2 into=$3 version=${4:-1.4.2}
    rm -rf "$into"
    awk -v count="$count" -v into="$into" 'BEGIN { for (at = 0; at < count; at++) printf "%s/group%d/image%d%c", into, at / 100, at, 0 }' |
        xargs --null mkdir --parents
    awk -v kind="$kind" -v count="$count" -v into="$into" -v version="$version" -f "$lib/catalogues.awk"
    case $kind in
    real)
        shared_templates "$into"
        cp "$(command -v busybox)" "$into/group0/image0/busybox"
        ;;
    sleeping)
        local at
        for at in 0 1 2 3; do
            [[ ! -d $into/group0/image$at ]] || cp "$(command -v busybox)" "$into/group0/image$at/busybox"
        done
        ;;
    esac
}

# What the definitions of a real-size catalogue include and import, and its settings beside it in FOLDER.yaml.
shared_templates() {
    printf '%s\n' 'namespace: ci' 'fallback_author: Image Bot' 'fallback_email: image-bot@example.org' \
        'known_uid_mappings: {root: 0, www-data: 33, nobody: 65534, runner: 900}' >"$1.yaml"
    mkdir "$1/templates"
    printf '%s\n' '{#- The header of every Dockerfile. -#}' '# Built from a catalogue; change the template, not this file.' \
        '# Registry: {{ registry }}' >"$1/templates/header.j2"
    printf '%s\n' '{% macro tool(name, path) -%}' 'ENV TOOL={{ name }} TOOL_PATH={{ path }}' '{%- endmacro %}' \
        '{% macro labels() -%}' 'LABEL maintainer="{{ fallback_author }} <{{ fallback_email }}>"' '{%- endmacro %}' >"$1/templates/macros.j2"
}

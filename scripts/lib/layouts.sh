# shellcheck shell=bash
# Images made of noise, in OCI layout, without an engine. Sourced, never run.

# layout_blob LAYOUT FILE: moves it to its place; prints its digest and size as a descriptor has them.
layout_blob() {
    local hex size
    hex=$(sha256sum "$2" | cut -d ' ' -f 1)
    size=$(stat --format %s "$2")
    mv "$2" "$1/blobs/sha256/$hex"
    printf '"digest":"sha256:%s","size":%s' "$hex" "$size"
}

# big_layout FOLDER LAYERS MB: an image with the tag 1, of so many layers of so many megabytes that do not compress.
big_layout() {
    local folder=$1 count=$2 size=$3 layer layers='' ids='' descriptor config manifest
    mkdir -p "$folder/blobs/sha256" "$folder/tree"
    for ((layer = 0; layer < count; layer++)); do
        head --bytes "${size}M" /dev/urandom >"$folder/tree/noise$layer"
        tar --create --file "$folder/layer" --directory "$folder/tree" "noise$layer"
        rm "$folder/tree/noise$layer"
        descriptor=$(layout_blob "$folder" "$folder/layer")
        layers+=${layers:+,}"{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",$descriptor}"
        ids+=${ids:+,}$(cut -d '"' -f 4 <<<"$descriptor" | sed 's/.*/"&"/')
    done
    rmdir "$folder/tree"
    printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[%s]}}' "$ids" >"$folder/config"
    config=$(layout_blob "$folder" "$folder/config")
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json",%s},"layers":[%s]}' \
        "$config" "$layers" >"$folder/manifest"
    manifest=$(layout_blob "$folder" "$folder/manifest")
    printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",%s,"annotations":{"org.opencontainers.image.ref.name":"1"}}]}' \
        "$manifest" >"$folder/index.json"
    printf '{"imageLayoutVersion":"1.0.0"}' >"$folder/oci-layout"
}

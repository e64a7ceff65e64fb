"""Makes OCI layouts of folders, one layer each: oci_layout.py LAYOUT FOLDER…   under the tag `it`."""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile


def blob(layout, data):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(layout, "blobs", "sha256", digest), "wb") as file:
        file.write(data)
    return "sha256:" + digest


def main():
    layout, *folders = sys.argv[1:]
    os.makedirs(os.path.join(layout, "blobs", "sha256"))
    layers, diffs = [], []
    for folder in folders:
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
            tar.add(folder, arcname=".")
        diffs.append("sha256:" + hashlib.sha256(plain.getvalue()).hexdigest())
        packed = gzip.compress(plain.getvalue(), 1, mtime=0)
        layers.append({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": blob(layout, packed), "size": len(packed)})
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z", "config": {},
        "rootfs": {"type": "layers", "diff_ids": diffs},
    }).encode()
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": blob(layout, config), "size": len(config)},
        "layers": layers,
    }).encode()
    entry = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": blob(layout, manifest), "size": len(manifest),
        "annotations": {"org.opencontainers.image.ref.name": "it"}, "platform": {"architecture": "amd64", "os": "linux"},
    }
    with open(os.path.join(layout, "index.json"), "w", encoding="utf-8") as file:
        json.dump({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [entry]}, file)
    with open(os.path.join(layout, "oci-layout"), "w", encoding="utf-8") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')


if __name__ == "__main__":
    main()

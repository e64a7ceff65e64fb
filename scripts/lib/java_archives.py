"""Makes archives of Java in each other: what Maven left in them, what a manifest says, and names alone.

usage: java_archives.py FOLDER
"""

import io
import sys
import zipfile


def archive(entries):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in {"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n", **entries}.items():
            file.writestr(name, content)
    return data.getvalue()


def maven(artifact, version, entries=()):
    text = f"groupId=org.example\nartifactId={artifact}\nversion={version}\n"
    return archive({f"META-INF/maven/org.example/{artifact}/pom.properties": text, **dict(entries)})


named = archive({"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\nImplementation-Title: told\nImplementation-Version: 4.1\n"})
inner = maven("inner", "1.1", {"lib/deep-3.0.jar": maven("deep", "3.0")})
web = maven("web", "2.0", {"WEB-INF/lib/inner-1.1.jar": inner, "WEB-INF/lib/told-4.1.jar": named})
for name, data in {
    "shop-5.0.ear": maven("shop", "5.0", {"web-2.0.war": web}),
    "alone-6.0.1.jar": archive({}),
    "tool-7.0.hpi": archive({"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\nPlugin-Version: 7.0\nShort-Name: tool\n"}),
}.items():
    with open(f"{sys.argv[1]}/{name}", "wb") as file:
        file.write(data)

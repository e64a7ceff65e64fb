"""Makes a folder that Go takes modules from: go_module.py FOLDER MODULE VERSION   with one package of one constant."""

import json
import os
import sys
import zipfile

folder, module, version = sys.argv[1:]
place = os.path.join(folder, module, "@v")
os.makedirs(place)
name = module.rsplit("/", 1)[-1]
said = f"module {module}\n"
texts = {"list": version + "\n", f"{version}.mod": said, f"{version}.info": json.dumps({"Version": version, "Time": "2026-01-02T03:04:05Z"})}
for file, text in texts.items():
    with open(os.path.join(place, file), "w", encoding="utf-8") as out:
        out.write(text)
with zipfile.ZipFile(os.path.join(place, f"{version}.zip"), "w") as packed:
    packed.writestr(f"{module}@{version}/go.mod", said)
    packed.writestr(f"{module}@{version}/{name}.go", f'package {name}\n\nconst Name = "{name}"\n')

"""Holds documents against their schemas, as the Python packages cyclonedx-python-lib and spdx-tools have them.

usage: sbom_valid.py FILE…   *.cdx.json or *.spdx.json
"""

import sys


def cyclonedx(path):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    with open(path, encoding="utf-8") as file:
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read())
    return [str(error)] if error else []


def spdx(path):
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    return [message.validation_message for message in validate_full_spdx_document(parse_file(path), "SPDX-2.3")]


def main():
    bad = 0
    for path in sys.argv[1:]:
        wrong = cyclonedx(path) if path.endswith(".cdx.json") else spdx(path)
        print(f"{path.rsplit('/', 1)[-1]}: {'valid' if not wrong else 'NOT valid'}")
        for message in wrong[:10]:
            print(f"  {message}")
        bad += bool(wrong)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

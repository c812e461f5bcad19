"""The bill of materials of a deployment: CycloneDX 1.6 in JSON, from the lock and the packages' own metadata.

Run by `make sbom`. The same lock and the same time (SOURCE_DATE_EPOCH) make the same file.
"""

import datetime as dt
import json
import os
import re
import sys
import uuid
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata, requires
from pathlib import Path

from app import __version__
from tools.locked import LockedPackage, read_lock

DEFAULT = Path("dist/anda.cdx.json")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LICENSE_CLASSIFIER = "License :: OSI Approved :: "


def bill_of_materials(packages: Sequence[LockedPackage], made: dt.datetime) -> Mapping[str, object]:
    """Return the bill of materials of these packages."""
    references = {_normal(package.name): _purl(package) for package in packages}
    content = json.dumps([__version__, *packages])
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, content)}",
        "version": 1,
        "metadata": {
            "timestamp": f"{made:%Y-%m-%dT%H:%M:%SZ}",
            "component": {"type": "application", "bom-ref": "anda", "name": "anda", "version": __version__},
        },
        "components": [_component(package) for package in packages],
        "dependencies": [
            {"ref": "anda", "dependsOn": _dependencies("anda", references)},
            *({"ref": _purl(package), "dependsOn": _dependencies(package.name, references)} for package in packages),
        ],
    }


def _component(package: LockedPackage) -> Mapping[str, object]:
    component: dict[str, object] = {
        "type": "library",
        "bom-ref": _purl(package),
        "name": package.name,
        "version": package.version,
        "purl": _purl(package),
        # Of the files that may be installed: a component's own hash would be that of one of them.
        "properties": [{"name": "distribution:sha-256", "value": value} for value in package.hashes],
    }
    try:
        licences = _licences(metadata(package.name))
    except PackageNotFoundError:
        licences = []  # Another platform needs it; it is not installed here.
    if licences:
        component["licenses"] = licences
    return component


def _licences(about: PackageMetadata) -> list[Mapping[str, object]]:
    expressions = about.get_all("License-Expression") or []
    if expressions:
        return [{"expression": expressions[0]}]
    classified = [
        value.removeprefix(_LICENSE_CLASSIFIER)
        for value in about.get_all("Classifier") or []
        if value.startswith(_LICENSE_CLASSIFIER)
    ]
    stated = "\n".join(about.get_all("License") or []).splitlines()
    return [{"license": {"name": name}} for name in classified or stated[:1] if name.strip()]


def _dependencies(name: str, references: Mapping[str, str]) -> list[str]:
    """Return what a package requires, as far as the lock has it; not what only an extra of it requires."""
    try:
        required = requires(name) or []
    except PackageNotFoundError:
        required = []
    names = {_normal(found[0]) for each in required if "extra ==" not in each and (found := _NAME.match(each))}
    return sorted(references[each] for each in names if each in references)


def _purl(package: LockedPackage) -> str:
    return f"pkg:pypi/{_normal(package.name)}@{package.version}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(words: Sequence[str]) -> None:
    """Write the bill of materials into the file that is named, `dist/anda.cdx.json` without one."""
    file = Path(words[0]) if words else DEFAULT
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    made = dt.datetime.now(dt.UTC) if epoch is None else dt.datetime.fromtimestamp(int(epoch), dt.UTC)
    bill = bill_of_materials(read_lock(), made)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(read_lock())} packages in {file}\n")


if __name__ == "__main__":
    main(sys.argv[1:])

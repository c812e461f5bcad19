"""The packages that a deployment installs, as `requirements.lock` pins them."""

import re
from pathlib import Path
from typing import NamedTuple

LOCK = Path(__file__).parent.parent / "requirements.lock"

_PINNED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class LockedPackage(NamedTuple):
    """A package with its version, and the hash of each file that may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]


def read_lock(lock: Path = LOCK) -> list[LockedPackage]:
    """Read the packages of a lock, in its order."""
    packages: list[LockedPackage] = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        if pinned := _PINNED.match(line):
            packages.append(LockedPackage(pinned[1], pinned[2], ()))
        elif packages:
            package = packages[-1]
            packages[-1] = package._replace(hashes=(*package.hashes, *_HASH.findall(line)))
    return packages

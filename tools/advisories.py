"""The advisories that are known for the locked packages, asked of OSV where it can be reached.

Run by `make advisories`. Exits with 1 where there is one, with 0 where there is none; where no source can be reached
it says so, and that nothing was checked, and exits with 3.
"""

import json
import os
import sys
from collections.abc import Sequence
from urllib.error import URLError
from urllib.request import Request, urlopen

from tools.locked import LockedPackage, read_lock

SOURCE = "https://api.osv.dev/v1/querybatch"
SECONDS = 20


def known_advisories(packages: Sequence[LockedPackage], source: str) -> list[str]:
    """Return a line for each advisory. OSError where the source cannot be reached, ValueError for a strange answer."""
    queries = [
        {"package": {"name": package.name, "ecosystem": "PyPI"}, "version": package.version} for package in packages
    ]
    body = json.dumps({"queries": queries}).encode()
    request = Request(source, body, {"Content-Type": "application/json"})  # noqa: S310 - the operator names the source
    with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - as above
        results = json.load(answer)["results"]
    return [
        f"{package.name} {package.version}: {advisory['id']}"
        for package, found in zip(packages, results, strict=True)
        for advisory in found.get("vulns", [])
    ]


def main() -> int:
    """Print the advisories, and return the exit status."""
    packages = read_lock()
    source = os.environ.get("ADVISORIES", SOURCE)
    try:
        lines = known_advisories(packages, source)
    except (URLError, OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"No advisory was checked: {source} cannot be asked from here ({type(error).__name__}).\n")
        return 3
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stderr.write(f"{len(packages)} packages, {len(lines)} advisories.\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())

"""A process that makes the key of the ledger, at the same moment as others."""

import sys
import time
from pathlib import Path

from app.privacy.pseudonyms import PersonPseudonyms


def make_key(file: Path, ready: Path, go: Path) -> None:
    """Say that it is ready, wait until the others are, and print the check of the key of a file."""
    ready.touch()
    while not go.exists():
        time.sleep(0.001)
    sys.stdout.write(PersonPseudonyms(None, file).check() + "\n")

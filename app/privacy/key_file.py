"""The file of the persons' key and its new generation, which lies beside it until the store has it."""

import os
import secrets
from pathlib import Path

from app.privacy.pseudonyms import generations
from app.settings import LENGTH_OF_A_KEY


def next_file(file: Path) -> Path:
    """Return where the key with its new generation lies until it takes the place of the key."""
    return file.with_name(f"{file.name}.next")


def prepare_next(file: Path) -> bytes:
    """Write the key with a new generation beside it, and return it; an earlier one of the same key is kept. OSError."""
    present = generations(file.read_bytes())
    following = next_file(file)
    if following.exists():
        text = following.read_bytes()
        if generations(text)[:-1] == present:
            return text
        following.unlink()
    text = b"\n".join((*present, secrets.token_hex(LENGTH_OF_A_KEY).encode())) + b"\n"
    descriptor = os.open(following, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    return text


def put_in_place(file: Path) -> None:
    """Let the key with its new generation take the place of the key. OSError."""
    next_file(file).replace(file)
    folder = os.open(file.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""The command `anda rotate-key`: a new generation of the key of the persons' numbers.

What is stored is hashed once more under the new generation, so nobody needs the numbers, and a key that became known
opens no copy of the store that is made from then on. All generations stay needed.
"""

from pathlib import Path
from typing import NoReturn

import typer
from sqlalchemy import Engine

from app.cli.environment import open_store, read_settings
from app.clock import Clock
from app.db.engine import reading, writing
from app.db.ledger import keyed_values, ledger_keys
from app.db.ledger.keyed_values import Rehash
from app.privacy.key_file import next_file, prepare_next, put_in_place
from app.privacy.pseudonyms import PersonPseudonyms, content_hash, generations, hidden_id, nested, short_hash


def rotate_key() -> None:
    """Rotate the key. Exits with 1 where it is not the store's, or where a new generation must be given first."""
    settings = read_settings()
    with open_store() as engine:
        try:
            if settings.person_key is None:
                _rotate_file(engine, settings.person_key_file)
            else:
                _rotate_given(engine, settings.person_key.get_secret_value().encode(), "ANDA_PERSON_KEY")
        except OSError as error:
            _fail(f"the key of the persons' numbers cannot be used ({type(error).__name__})")


def _rotate_file(engine: Engine, file: Path) -> None:
    text = file.read_bytes()
    stored = _stored_check(engine)
    if next_file(file).exists() and _check(following := next_file(file).read_bytes()) == stored:
        # The store has it already: the command was broken off before the end.
        put_in_place(file)
        _say_done(len(generations(following)), None)
    elif _check(text) == stored:
        following = prepare_next(file)
        count = _rewrite(engine, following)
        put_in_place(file)
        _say_done(len(generations(following)), count)
    else:
        _rotate_given(engine, text, f"the file {file}")


def _rotate_given(engine: Engine, text: bytes, where: str) -> None:
    """Rotate to the last of several generations that the operator has put down. `where` says how it is called."""
    stored = _stored_check(engine)
    given = generations(text)
    if _check(text) == stored:
        _fail(
            f"the store has this key already; add the new generation as the last line of {where}, and keep the others"
        )
    if len(given) == 1 or _check(b"\n".join(given[:-1])) != stored:
        _fail("the key of the persons' numbers is not the one that the store was begun with")
    _say_done(len(given), _rewrite(engine, text))


def _rewrite(engine: Engine, text: bytes) -> int:
    newest = generations(text)[-1]
    with writing(engine) as connection:
        return keyed_values.rewrite(
            connection,
            Clock().now(),
            Rehash(
                lambda value: nested(newest, value).hex(),
                lambda value: hidden_id(nested(newest, value)),
                lambda value: short_hash(nested(newest, value)),
                lambda value: content_hash(nested(newest, value)),
            ),
            _check(text),
        )


def _stored_check(engine: Engine) -> str:
    with reading(engine) as connection:
        stored = ledger_keys.find_check(connection)
    if stored is None:
        _fail("the store has no key yet")
    return stored


def _check(text: bytes) -> str:
    return PersonPseudonyms(text.decode("utf-8"), Path()).check(make=False)


def _say_done(count: int, values: int | None) -> None:
    rewritten = "the store had it already" if values is None else f"{values} values hashed once more"
    typer.echo(
        f"The key has {count} generations now, {rewritten}. Every process needs all of them, one a line, the oldest "
        "first; start the services again. A backup that was made before needs the generations of its day.",
        err=True,
    )


def _fail(why: str) -> NoReturn:
    typer.echo(f"anda: {why}", err=True)
    raise typer.Exit(1)

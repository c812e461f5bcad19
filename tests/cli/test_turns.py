"""An import writes in short transactions, and the service's own writes have their turn between them."""

import threading
import time
from pathlib import Path

from sqlalchemy import Connection, select

from app.cli import turns
from app.cli.turns import write_in_turns
from app.db.engine import make_engine, writing
from tests.support.stores import migrated_file


def test_another_writer_waits_for_one_turn_of_a_long_import_and_not_for_the_import(tmp_path: Path) -> None:
    engine = make_engine(migrated_file(tmp_path))
    waited: list[float] = []
    begun, done = threading.Event(), threading.Event()

    def write_now_and_then() -> None:
        begun.wait()
        while not done.is_set():
            start = time.perf_counter()
            with writing(engine) as connection:
                connection.execute(select(1))
            waited.append(time.perf_counter() - start)
            time.sleep(0.05)

    def write(_: Connection, item: int) -> int:
        begun.set()
        time.sleep(0.02)
        return item

    other = threading.Thread(target=write_now_and_then)
    other.start()
    results = list(write_in_turns(engine, range(60), write))
    done.set()
    other.join()
    engine.dispose()
    assert [item for turn in results for item in turn] == list(range(60))
    assert max(map(len, results)) < 15, "a transaction ends after a tenth of a second"
    assert len(waited) >= 4 and max(waited) < 1.0, "and others write meanwhile"


def test_a_transaction_takes_no_more_items_than_it_may(tmp_path: Path) -> None:
    engine = make_engine(migrated_file(tmp_path))
    results = list(write_in_turns(engine, range(turns.MOST + 1), lambda _, item: item))
    engine.dispose()
    assert max(map(len, results)) <= turns.MOST
    assert list(write_in_turns(engine, [], lambda _, item: item)) == []

"""The place of an objection, by which a desk finds its own; those of before get it by a migration."""

import pytest
from sqlalchemy import select, text

from app.db import engine as database
from app.db.engine import reading
from app.db.projects.models import Notice, Objection
from app.projects.verification import verify
from tests.support.county import PLACES, County
from tests.support.stores import move_to

DAY = "2018-03-14"


@pytest.mark.lengthy
@pytest.mark.each_database
def test_an_objection_has_the_place_of_its_notices_level_and_one_of_before_gets_it(county: County) -> None:
    for status in ("village_notice", "township_notice", "county_notice"):
        county.walk_to(status)
    with reading(county.engine) as connection:
        numbers = list(connection.execute(select(Notice.id).order_by(Notice.id)).scalars())
    for number in numbers:
        answer = county.on(DAY).post(f"/v1/notices/{number}/objections", json={"content": "账目不清。"})
        assert answer.status_code == 201, answer.text
    made = _places(county)
    assert made == {(level, PLACES[level]) for level in ("village", "township", "county")}
    move_to(county.engine, "0026")
    database.migrate(county.engine)
    assert _places(county) == made
    with county.engine.connect() as connection:
        assert verify(connection).faults == []
        connection.execute(text("UPDATE objections SET place = '150999'"))
        assert "objection 1: is not what the history says of its notice" in verify(connection).faults
        connection.rollback()


def _places(county: County) -> set[tuple[str, str]]:
    with reading(county.engine) as connection:
        rows = connection.execute(
            select(Notice.level, Objection.place).join(Objection, Objection.notice_id == Notice.id)
        )
        return {(level, place) for level, place in rows}

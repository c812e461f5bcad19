"""A service with other figures than those in force, or of another migration, stores nothing; trials go on."""

import pytest

from app.db import revision
from app.db.engine import writing
from tests.support.national_desk import Desk


def test_with_other_figures_than_those_in_force_nothing_is_stored_and_a_trial_goes_on(desk: Desk) -> None:
    settled = desk.stay("2304", "V1", "M1")
    with writing(desk.engine) as connection:
        connection.exec_driver_sql("UPDATE figures SET fingerprint = 'of others'")
    before = desk.rows()
    refusals = [desk.stay("2304", "V2").refusal, desk.cancel(settled).refusal, desk.take_back("2304", "M1").refusal]
    assert all("anda parameters accept" in refusal for refusal in refusals), refusals
    assert desk.rows() == before
    assert desk.stay("2303", "V2").info["fund_pay_sumamt"] > 0
    assert desk.stay("2304", "V1", "M1").bytes == settled.bytes


def test_a_store_of_another_migration_is_refused_with_infcode_and_nothing_is_stored(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revision, "EVERY", 0.0)
    with desk.engine.begin() as connection:
        newest = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    try:
        before = desk.rows()
        assert "未保存任何数据" in desk.stay("2304", "V1", "M1").refusal
        assert "未保存任何数据" in desk.stay("2303", "V1").refusal, "a trial that cannot be recorded is not shown"
        assert desk.rows() == before
    finally:
        with desk.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{newest}'")  # noqa: S608
    assert desk.stay("2304", "V1", "M1").number == "1"

"""A service with other figures than those in force settles, cancels and takes back nothing; its trials go on."""

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

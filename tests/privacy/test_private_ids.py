"""Which ids are a person's own number: the day and the check character decide, and Luhn."""

from pathlib import Path

from app.privacy.private_ids import is_private_id, shown_id
from app.privacy.pseudonyms import PersonPseudonyms

PRIVATE = (
    "11010519491231002X",
    "11010519491231002x",
    " 11010519491231002X",
    "440524188001010014",
    "6222021234567890128",
    "4111111111111111",
    "4000000000000002",
)
ORDINARY = (
    "110105194912310021",  # the check character is another
    "11010519490230002X",  # no such day
    "110105194912310",  # of the old form, which has no check character
    "v-11010519491231002X",
    "4111111111111112",
    "411111111111116",
    "V20180520000001",
    "٤١١١١١١١١١١١١١١١",
    "",
)


def test_a_right_identity_or_card_number_is_private_and_nothing_else_is(tmp_path: Path) -> None:
    assert [each for each in PRIVATE if not is_private_id(each)] == []
    assert [each for each in ORDINARY if is_private_id(each)] == []
    pseudonyms = PersonPseudonyms("a key of the tests of ids, of some length", tmp_path / "unused")
    for each in PRIVATE:
        stored = pseudonyms.stored_id(each)
        assert each not in stored
        assert len(stored) <= 64
        assert (shown_id(stored), stored == pseudonyms.stored_id(each)) == ("…", True)
    assert [pseudonyms.stored_id(each) for each in ORDINARY] == list(ORDINARY)
    assert [shown_id(each) for each in ORDINARY] == list(ORDINARY)

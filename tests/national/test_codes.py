"""The code tables: the document's defaults, a deployment's own over them, read strictly."""

from pathlib import Path

import pytest

from app.national.codes import Codes, load_codes
from app.rules.strict_yaml import ParameterError
from tests.support.grid import grid

CODES = load_codes()


def over(folder: Path, text: str) -> Codes:
    """Load the codes with a deployment's own file."""
    own = folder / "own.yaml"
    own.write_text(text, encoding="utf-8")
    return load_codes(own)


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ParameterError) as refused:
        over(folder, text)
    return str(refused.value)


def test_the_layers_go_into_the_fields_and_codes_of_the_document() -> None:
    resident = CODES.insurances["390"].funds
    assert {payer: (fund.field, fund.code) for payer, fund in resident.items()} == {
        "basic_insurance": ("hifp_pay", "390100"),
        "critical_illness": ("hifmi_pay", "390200"),
        "civil_relief": ("maf_pay", "610100"),
        "major_disease_fund": ("oth_pay", "999997"),
        "supplementary_insurance": ("oth_pay", "390300"),
        "chronic_guarantee": ("oth_pay", "640100"),
    }
    for insurance in CODES.insurances.values():
        codes = [fund.code for fund in insurance.funds.values()]
        assert len(set(codes)) == len(codes), "rows of one code could not be told apart"
        assert all(len(code) == 6 for code in codes), "fund_pay_type is C6"
    employee = CODES.insurances["310"].funds
    assert (employee["basic_insurance"].code, employee["critical_illness"].field) == ("310100", "hifob_pay")


def test_an_infcode_is_text_and_no_identity_has_a_code_by_default() -> None:
    assert CODES.infcode_as_number is False
    assert CODES.identities == {}
    assert CODES.identity_of("registered") is None


@grid(("code", "kind"), [("21", "inpatient"), ("2101", "inpatient"), ("140104", "outpatient")])
def test_a_kind_of_care_is_that_of_the_longest_code_it_begins_with(code: str, kind: str) -> None:
    care = CODES.care_of(code)
    assert care is not None
    assert care.kind == kind


@grid("code", ["9", "2", "91", "61"])
def test_a_code_of_no_known_kind_of_care_has_none(code: str) -> None:
    assert CODES.care_of(code) is None


def test_an_own_file_adds_and_replaces_key_by_key(tmp_path: Path) -> None:
    codes = over(
        tmp_path,
        """
infcode: number
identities: {"17": registered, "18": exited_with_policy, "19": registered}
care: {"2401": {name: 家庭病床, kind: home_bed}}
funds: {resident: {supplementary_insurance: {code: "620100"}}}
""",
    )
    assert codes.infcode_as_number
    assert codes.identity_of("registered") == "17"
    assert (codes.care["2401"].kind, codes.care["24"].kind) == ("home_bed", "inpatient")
    assert [care.kind for code in ("240104", "2402") if (care := codes.care_of(code))] == ["home_bed", "inpatient"]
    supplementary = codes.insurances["390"].funds["supplementary_insurance"]
    assert (supplementary.code, supplementary.field) == ("620100", "oth_pay")
    assert codes.insurances["310"].funds["supplementary_insurance"].code == "390300"
    assert codes.accumulators == CODES.accumulators


@grid(
    ("text", "told"),
    [
        ("identity: {}", "own.yaml:1: unknown key 'identity'"),
        ("infcode: text\ninfcode: number", "own.yaml:2: the key 'infcode' stands twice"),
        ("infcode: words", "own.yaml:1: unknown value 'words'"),
        ("division: 1509", "own.yaml:1: expected a division code"),
        ("division: {}", "own.yaml:1: expected a single value"),
        ("person: 390", "own.yaml:1: expected keys with values"),
        ("identities:\n  '17': poor", "own.yaml:2: unknown value 'poor'"),
        ("identities: {'1-7': none}", "own.yaml:1: '1-7' is not a code"),
        ("identities: {'17': ''}", "own.yaml:1: the value is empty"),
        ("care: {'24': {kind: ambulance}}", "own.yaml:1: unknown value 'ambulance'"),
        ("care: {'29': {kind: inpatient}}", "own.yaml:1: the key 'name' is missing"),
        ("care: {'24': {emergency: yes}}", "own.yaml:1: unknown value 'yes'"),
        ("funds: {resident: {basic_insurance: {field: acct_pay}}}", "own.yaml:1: unknown value 'acct_pay'"),
        ("funds: {resident: {hospital: {code: '1'}}}", "own.yaml:1: unknown key 'hospital'"),
        ("insurances: {'390': {funds: poor}}", "own.yaml:1: unknown value 'poor'"),
        ("person: {insurance: '999'}", "own.yaml:1: unknown value '999'"),
        ("accumulators: {admissions: D390101}", "own.yaml:1: the code 'D390101' stands twice"),
        ("institution_levels: {'3': province}", "own.yaml:1: unknown value 'province'"),
        ("- infcode", "own.yaml:1: expected keys with values"),
    ],
)
def test_what_cannot_be_a_code_table_stops_the_start_and_is_named_by_its_line(
    tmp_path: Path, text: str, told: str
) -> None:
    assert complaint(tmp_path, text).startswith(told)

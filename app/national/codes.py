"""The national platform's codes and what each of them is here: `codes.yaml`, with a deployment's own file over it.

Read as strictly as policy is: an unknown or repeated key, or a value that cannot be, stops the start.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, cast, get_args

from app.rules.registration import BENEFITS, Registration
from app.rules.reimbursement.bill import LAYERS, FacilityLevel, Kind, Layer
from app.rules.strict_yaml import Node, read

SHIPPED = Path(__file__).with_name("codes.yaml")

Payer = Layer | Literal["chronic_guarantee"]
"""Who pays a share of a bill: a layer, or the guarantee that lifts a chronic patient's ratio."""

Settled = Literal["always", "with_warning", "never"]
"""Whether a kind of insurance is settled."""

FundField = Literal["hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay"]
"""The fields of setlinfo that a fund's payment may stand in, in their order there."""

PAYERS: tuple[Payer, ...] = (*LAYERS, "chronic_guarantee")
FUND_FIELDS: tuple[FundField, ...] = get_args(FundField)
KINDS: tuple[Kind, ...] = get_args(Kind)
GUARANTEED = "chronic_guarantee.paid"
MEASURES = ("admissions", *(f"{layer}.{measure}" for layer in LAYERS for measure in ("base", "paid")), GUARANTEED)
"""What 5206 can answer of a person's year."""

_CODE = re.compile(r"[0-9A-Za-z]{1,20}", re.ASCII)
_DIVISION = re.compile(r"[0-9]{6}", re.ASCII)


class FundCodes(NamedTuple):
    """Who pays, in the platform's words: the field of setlinfo, fund_pay_type, its name."""

    field: FundField
    code: str
    name: str


class Insurance(NamedTuple):
    """A kind of insurance (insutype) that is settled here."""

    code: str
    name: str
    funds: Mapping[Payer, FundCodes]
    settled: Settled
    """Whether it is settled, with the amounts of residents' insurance, and whether the answer says whose they are."""


class CareCodes(NamedTuple):
    """A kind of care (med_type)."""

    name: str
    kind: Kind
    emergency: bool
    referred: bool


class Clearing(NamedTuple):
    """What the answers say of clearing (清算)."""

    office: str
    method: str
    types: Mapping[Kind, str]


class PersonDefaults(NamedTuple):
    """What is answered of a person whom the register knows by the number alone."""

    insurance: str
    category: str
    state: str


@dataclass(frozen=True, slots=True)
class Codes:
    """Every code table, as it is in force."""

    infcode_as_number: bool
    division: str
    clearing: Clearing
    insurances: Mapping[str, Insurance]
    person: PersonDefaults
    identities: Mapping[str, Registration]
    care: Mapping[str, CareCodes]
    care_unnamed: Mapping[Kind, str]
    institution_levels: Mapping[str, FacilityLevel]
    accumulators: Mapping[str, str]

    def care_of(self, code: str) -> CareCodes | None:
        """Return the kind of care of a code: its own entry, or that of the longest listed code it begins with."""
        beginnings = (code[:length] for length in range(len(code), 0, -1))
        return next((self.care[beginning] for beginning in beginnings if beginning in self.care), None)

    def identity_of(self, registration: Registration) -> str | None:
        """Return the first code that stands for a registration; None where the table has none."""
        return next((code for code, meant in self.identities.items() if meant == registration), None)


def load_codes(overlay: Path | None = None) -> Codes:
    """Load the shipped codes and lay a deployment's own over them. ParameterError names file and line."""
    entry = _Entry(read(SHIPPED))
    if overlay is not None:
        entry = _laid_over(entry, _Entry(read(overlay)))
    sections = entry.record(
        {
            *("infcode", "division", "clearing", "insurances", "person", "funds", "identities"),
            *("care", "care_unnamed", "institution_levels", "accumulators"),
        }
    )
    funds = {group: _funds(each) for group, each in sections["funds"].table().items()}
    insurances = {code: _insurance(code, each, funds) for code, each in _by_code(sections["insurances"]).items()}
    return Codes(
        infcode_as_number=sections["infcode"].one_of(("text", "number")) == "number",
        division=sections["division"].matching(_DIVISION, "a division code of six digits"),
        clearing=_clearing(sections["clearing"]),
        insurances=insurances,
        person=_person(sections["person"], insurances),
        identities={
            code: cast("Registration", each.one_of(tuple(BENEFITS)))
            for code, each in _by_code(sections["identities"]).items()
        },
        care={code: _care(each) for code, each in _by_code(sections["care"]).items()},
        care_unnamed=_by_kind(sections["care_unnamed"]),
        institution_levels={
            code: cast("FacilityLevel", each.one_of(get_args(FacilityLevel)))
            for code, each in _by_code(sections["institution_levels"]).items()
        },
        accumulators=_accumulators(sections["accumulators"]),
    )


class _Entry:
    """What stands under a key: a value, or entries by key, each with its place."""

    def __init__(self, place: Node, entries: "dict[str, _Entry] | None" = None) -> None:
        self.place = place
        if entries is None and place.is_mapping:
            entries = {key: _Entry(each) for key, each in place.mapping().items()}
        self.entries = entries

    def table(self) -> "dict[str, _Entry]":
        """Return the entries, whatever their keys."""
        if self.entries is None:
            raise self.place.error("expected keys with values")
        return self.entries

    def record(self, required: set[str], optional: set[str] | None = None) -> "dict[str, _Entry]":
        """Return the entries, refusing an unknown key and missing a required one."""
        entries = self.table()
        known = required | (optional or set())
        for key, entry in entries.items():
            if key not in known:
                raise entry.place.error(f"unknown key {key!r}; known are {', '.join(sorted(known))}")
        for key in sorted(required - entries.keys()):
            raise self.place.error(f"the key {key!r} is missing")
        return entries

    def text(self) -> str:
        """Return the value, which must not be empty."""
        value = self.place.text().strip()
        if not value:
            raise self.place.error("the value is empty")
        return value

    def code(self) -> str:
        """Return the value, which must be a code."""
        return self.matching(_CODE, "a code of letters and digits")

    def matching(self, pattern: re.Pattern[str], what: str) -> str:
        """Return the value, which must be of a form."""
        value = self.text()
        if pattern.fullmatch(value) is None:
            raise self.place.error(f"expected {what}")
        return value

    def one_of(self, known: tuple[str, ...]) -> str:
        """Return the value, which must be one of those known."""
        value = self.text()
        if value not in known:
            raise self.place.error(f"unknown value {value!r}; known are {', '.join(known)}")
        return value

    def yes(self) -> bool:
        """Return whether the value says so."""
        return self.one_of(("true", "false")) == "true"


def _laid_over(under: _Entry, over: _Entry) -> _Entry:
    """Lay entries over others, key by key; a value may not stand where there are entries, nor the other way."""
    if under.entries is None:
        if over.entries is not None:
            raise over.place.error("expected a single value")
        return over
    laid = dict(under.entries)
    for key, entry in over.table().items():
        laid[key] = _laid_over(laid[key], entry) if key in laid else entry
    return _Entry(over.place, laid)


def _by_code(entry: _Entry) -> dict[str, _Entry]:
    for code, each in entry.table().items():
        if _CODE.fullmatch(code) is None:
            raise each.place.error(f"{code!r} is not a code of letters and digits")
    return entry.table()


def _by_kind(entry: _Entry) -> dict[Kind, str]:
    return {cast("Kind", kind): each.code() for kind, each in entry.record(set(KINDS)).items()}


def _clearing(entry: _Entry) -> Clearing:
    fields = entry.record({"office", "method", "types"})
    return Clearing(fields["office"].code(), fields["method"].code(), _by_kind(fields["types"]))


def _funds(entry: _Entry) -> dict[Payer, FundCodes]:
    funds: dict[Payer, FundCodes] = {}
    for payer, each in entry.record(set(PAYERS)).items():
        fields = each.record({"field", "code", "name"})
        field = cast("FundField", fields["field"].one_of(FUND_FIELDS))
        funds[cast("Payer", payer)] = FundCodes(field, fields["code"].code(), fields["name"].text())
    return funds


def _insurance(code: str, entry: _Entry, funds: Mapping[str, Mapping[Payer, FundCodes]]) -> Insurance:
    fields = entry.record({"name", "funds", "settled"})
    group = fields["funds"].one_of(tuple(funds))
    settled = cast("Settled", fields["settled"].one_of(get_args(Settled)))
    return Insurance(code, fields["name"].text(), funds[group], settled)


def _person(entry: _Entry, insurances: Mapping[str, Insurance]) -> PersonDefaults:
    fields = entry.record({"insurance", "category", "state"})
    insurance = fields["insurance"].one_of(tuple(insurances))
    return PersonDefaults(insurance, fields["category"].code(), fields["state"].code())


def _care(entry: _Entry) -> CareCodes:
    fields = entry.record({"name", "kind"}, {"emergency", "referred"})
    return CareCodes(
        fields["name"].text(),
        cast("Kind", fields["kind"].one_of(KINDS)),
        "emergency" in fields and fields["emergency"].yes(),
        "referred" not in fields or fields["referred"].yes(),
    )


def _accumulators(entry: _Entry) -> dict[str, str]:
    measures: dict[str, str] = {}
    codes: set[str] = set()
    entries = entry.record(set(MEASURES))
    # The shipped ones first: of two that meet, a deployment's own is complained of.
    for measure in sorted(entries, key=lambda measure: entries[measure].place.file != SHIPPED.name):
        each = entries[measure]
        code = each.code()
        if code in codes:
            raise each.place.error(f"the code {code!r} stands twice")
        codes.add(code)
        measures[measure] = code
    return {measure: measures[measure] for measure in MEASURES}

"""The national platform's codes and what each means here: `codes.yaml`, with a deployment's own file over it.

The files are read as strictly as the policy: an unknown or repeated key or an impossible value stops the start.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar, get_args

from app.national.scope_list import ScopeList, load_scope_list
from app.rules.registration import BENEFITS, Registration
from app.rules.reimbursement.bill import LAYERS, FacilityLevel, Kind, Layer
from app.rules.strict_yaml import Node, read

SHIPPED = Path(__file__).with_name("codes.yaml")

Payer = Layer | Literal["chronic_guarantee"]
"""Who pays a share of a bill: a layer, or the guarantee of a chronic patient's ratio."""

SettlementRule = Literal["always", "with_warning", "never"]
"""Whether claims of a kind of insurance are settled, and whether the answer then warns."""

FundField = Literal["hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay"]
"""The fields of setlinfo that hold a fund's payment, in their order there."""

YearMeasure = Literal["base", "paid"]
"""What a layer has counted, or paid, in a person's year."""

FiledStatus = Literal["chronic_disease", "major_disease"]
"""A status of the register that the platform may know as a filed disease."""

FILED_STATUSES: tuple[FiledStatus, ...] = get_args(FiledStatus)
PAYERS: tuple[Payer, ...] = (*LAYERS, "chronic_guarantee")
FUND_FIELDS: tuple[FundField, ...] = get_args(FundField)
KINDS: tuple[Kind, ...] = get_args(Kind)
FACILITY_LEVELS: tuple[FacilityLevel, ...] = get_args(FacilityLevel)
SETTLEMENT_RULES: tuple[SettlementRule, ...] = get_args(SettlementRule)
YEAR_MEASURES: tuple[YearMeasure, ...] = get_args(YearMeasure)

ADMISSIONS = "admissions"
GUARANTEE_PAID = "chronic_guarantee.paid"
LAYER_MEASURES: dict[str, tuple[Layer, YearMeasure]] = {
    f"{layer}.{measure}": (layer, measure) for layer in LAYERS for measure in YEAR_MEASURES
}
MEASURES = (ADMISSIONS, *LAYER_MEASURES, GUARANTEE_PAID)
"""The measures of a person's year that 5206 can answer."""

Word = TypeVar("Word", bound=str)

_CODE = re.compile(r"[0-9A-Za-z]{1,20}", re.ASCII)
_DIVISION = re.compile(r"[0-9]{6}", re.ASCII)


class FundCodes(NamedTuple):
    """A payer in the platform's codes: the field of setlinfo, fund_pay_type and its name."""

    field: FundField
    code: str
    name: str


class Insurance(NamedTuple):
    """A kind of insurance (insutype)."""

    code: str
    name: str
    funds: Mapping[Payer, FundCodes]
    settled: SettlementRule
    """Whether it is settled by the amounts of residents' insurance, and whether the answer warns that it is."""


class CareCodes(NamedTuple):
    """A kind of care (med_type)."""

    name: str
    kind: Kind
    emergency: bool
    referred: bool


class Clearing(NamedTuple):
    """The codes of clearing (清算) in the answers."""

    office: str
    method: str
    types: Mapping[Kind, str]


class PersonDefaults(NamedTuple):
    """The codes that are answered for every person: the register holds none of them."""

    insurance: str
    category: str
    state: str


class Filing(NamedTuple):
    """A chronic or special disease as the platform files it (慢特病备案)."""

    code: str
    """opsp_dise_code."""
    name: str


@dataclass(frozen=True, slots=True)
class Codes:
    """Every code table in force."""

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
    filings: Mapping[FiledStatus, Filing]
    scope: ScopeList
    """How the fees of an item are split; empty where the deployment has no list."""

    def care_of(self, code: str) -> CareCodes | None:
        """Return the kind of care of a code: of the longest listed code that it begins with; None without one."""
        prefixes = (code[:length] for length in range(len(code), 0, -1))
        return next((self.care[prefix] for prefix in prefixes if prefix in self.care), None)

    def identity_of(self, status: str) -> str | None:
        """Return the first code that stands for a registration; None where the table has none."""
        return next((code for code, meaning in self.identities.items() if meaning == status), None)


def load_codes(overlay: Path | None = None, scope_list: Path | None = None) -> Codes:
    """Load the shipped codes, lay a deployment's own over them, and load its list of items.

    ParameterError names file and line.
    """
    entry = _Entry(read(SHIPPED))
    if overlay is not None:
        entry = _overlay(entry, _Entry(read(overlay)))
    sections = entry.record(
        {
            *("infcode", "division", "clearing", "insurances", "person", "funds", "identities"),
            *("care", "care_unnamed", "institution_levels", "accumulators", "filings"),
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
        identities={code: each.one_of(tuple(BENEFITS)) for code, each in _by_code(sections["identities"]).items()},
        care={code: _care(each) for code, each in _by_code(sections["care"]).items()},
        care_unnamed=_by_kind(sections["care_unnamed"]),
        institution_levels={
            code: each.one_of(FACILITY_LEVELS) for code, each in _by_code(sections["institution_levels"]).items()
        },
        accumulators=_accumulators(sections["accumulators"]),
        filings=_filings(sections["filings"]),
        scope={} if scope_list is None else load_scope_list(scope_list),
    )


class _Entry:
    """The content of a key, with its place in the file: a value, or entries by key."""

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

    def one_of(self, known: tuple[Word, ...]) -> Word:
        """Return the value, which must be one of the known ones."""
        value = self.text()
        for word in known:
            if word == value:
                return word
        raise self.place.error(f"unknown value {value!r}; known are {', '.join(known)}")

    def flag(self) -> bool:
        """Return the value, which must be true or false."""
        return self.one_of(("true", "false")) == "true"


def _overlay(under: _Entry, over: _Entry) -> _Entry:
    """Lay entries over others, key by key. A value cannot replace entries, nor entries a value."""
    if under.entries is None:
        if over.entries is not None:
            raise over.place.error("expected a single value")
        return over
    merged = dict(under.entries)
    for key, entry in over.table().items():
        merged[key] = _overlay(merged[key], entry) if key in merged else entry
    return _Entry(over.place, merged)


def _by_code(entry: _Entry) -> dict[str, _Entry]:
    for code, each in entry.table().items():
        if _CODE.fullmatch(code) is None:
            raise each.place.error(f"{code!r} is not a code of letters and digits")
    return entry.table()


def _by_kind(entry: _Entry) -> dict[Kind, str]:
    entries = entry.record(set(KINDS))
    return {kind: entries[kind].code() for kind in KINDS}


def _clearing(entry: _Entry) -> Clearing:
    fields = entry.record({"office", "method", "types"})
    return Clearing(fields["office"].code(), fields["method"].code(), _by_kind(fields["types"]))


def _funds(entry: _Entry) -> dict[Payer, FundCodes]:
    entries = entry.record(set(PAYERS))
    return {payer: _fund(entries[payer]) for payer in PAYERS}


def _fund(entry: _Entry) -> FundCodes:
    fields = entry.record({"field", "code", "name"})
    return FundCodes(fields["field"].one_of(FUND_FIELDS), fields["code"].code(), fields["name"].text())


def _insurance(code: str, entry: _Entry, funds: Mapping[str, Mapping[Payer, FundCodes]]) -> Insurance:
    fields = entry.record({"name", "funds", "settled"})
    group = fields["funds"].one_of(tuple(funds))
    settled = fields["settled"].one_of(SETTLEMENT_RULES)
    return Insurance(code, fields["name"].text(), funds[group], settled)


def _person(entry: _Entry, insurances: Mapping[str, Insurance]) -> PersonDefaults:
    fields = entry.record({"insurance", "category", "state"})
    insurance = fields["insurance"].one_of(tuple(insurances))
    return PersonDefaults(insurance, fields["category"].code(), fields["state"].code())


def _care(entry: _Entry) -> CareCodes:
    fields = entry.record({"name", "kind"}, {"emergency", "referred"})
    return CareCodes(
        fields["name"].text(),
        fields["kind"].one_of(KINDS),
        "emergency" in fields and fields["emergency"].flag(),
        "referred" not in fields or fields["referred"].flag(),
    )


def _filings(entry: _Entry) -> dict[FiledStatus, Filing]:
    entries = entry.record(set(), set(FILED_STATUSES))
    fields = {status: entries[status].record({"code", "name"}) for status in FILED_STATUSES if status in entries}
    return {status: Filing(each["code"].code(), each["name"].text()) for status, each in fields.items()}


def _accumulators(entry: _Entry) -> dict[str, str]:
    measures: dict[str, str] = {}
    codes: set[str] = set()
    entries = entry.record(set(MEASURES))
    # The shipped entries first: of two equal codes, the error names the deployment's own.
    for measure in sorted(entries, key=lambda measure: entries[measure].place.file != SHIPPED.name):
        each = entries[measure]
        code = each.code()
        if code in codes:
            raise each.place.error(f"the code {code!r} stands twice")
        codes.add(code)
        measures[measure] = code
    return {measure: measures[measure] for measure in MEASURES}

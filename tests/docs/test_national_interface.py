"""The guides to the national interface name the transactions that are served, and the fields that payers go into."""

import re

import pytest
import yaml

from app.national.transactions import TRANSACTIONS

from .pages import ROOT, rows, text

PAGES = ("docs/how-to/national-interface.md", "docs/zh/how-to/national-interface.md")
PAYERS = [
    ["basic_insurance"],
    ["critical_illness"],
    ["civil_relief"],
    ["major_disease_fund"],
    ["supplementary_insurance"],
    ["chronic_guarantee"],
]
"""The payers of the rows of the guide's table, in their order."""


@pytest.mark.parametrize("page", PAGES)
def test_every_transaction_is_named_and_nothing_else_is(page: str) -> None:
    named = [row[0] for row in rows(text(page)) if re.match(r"\d{4}", row[0])]
    assert set(re.findall(r"\d{4}", " ".join(named))) == set(TRANSACTIONS)


@pytest.mark.parametrize("page", PAGES)
def test_each_payer_goes_into_the_field_that_the_page_says(page: str) -> None:
    codes = yaml.load((ROOT / "app" / "national" / "codes.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    shown = [(row[1].strip("`"), row[2][:6]) for row in rows(text(page)) if re.fullmatch("`[a-z_]+_pay`", row[1])]
    funds = codes["funds"]["resident"]
    assert [{(funds[payer]["field"], funds[payer]["code"]) for payer in payers} for payers in PAYERS] == [
        {each} for each in shown
    ]
    assert codes["insurances"]["310"]["settled"] == "never"
    assert "310" in text(page)

"""Nothing is called policy that no clause states: every claim is held against the table of the clauses."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from app.i18n import wording
from app.rules.money import format_percent, format_yuan
from app.rules.parameters import Parameter, load, shipped_files
from app.rules.projects import procedure
from app.rules.schedule import Band, LimitAbove
from app.rules.units import Value

from .pages import ROOT, rows, text

PAGE = "docs/policy/table-of-clauses.md"
TABLE = {row[0]: set(filter(None, row[2].split("; "))) for row in rows(text(PAGE)) if re.match(r"\d", row[1])}
"""The figures of every clause of the table, as they are written there."""
BY_LENGTH = sorted(TABLE, key=len, reverse=True)
PARAMETERS = load(shipped_files())
TOPICS = sorted(path.stem for path in (ROOT / "app/i18n/texts").glob("*.yaml"))


class Claim(NamedTuple):
    """A claim of the tree: where it stands, its clauses and basis, the figures and the words that it tells."""

    name: str
    clause: str
    basis: str
    figures: tuple[str, ...] = ()
    words: str = ""


def clauses_of(cited: str) -> tuple[list[str], str]:
    """The clauses of the table that a citation names, and what is left of it that names none."""
    rest = re.sub(r"（[^（）]*）", "", cited)
    found: list[str] = []
    left = ""
    while rest:
        named = next((clause for clause in BY_LENGTH if rest.startswith(clause)), None)
        if named is not None:
            found.append(named)
            rest = rest.removeprefix(named)
        elif (through := re.match(r"至\((\d)\)", rest)) and found:
            stem, first = found[-1].rstrip(")").rsplit("(", 1)
            found += [f"{stem}({number})" for number in range(int(first) + 1, int(through[1]) + 1)]
            rest = rest[through.end() :]
        else:
            left += rest[0]
            rest = rest[1:]
    return found, left.strip("、,; ")


def faults(claim: Claim) -> list[str]:
    """What is wrong with a claim of policy; nothing where its basis is another."""
    if claim.basis != "policy":
        return []
    cited, left = clauses_of(claim.clause)
    told = [f"{claim.name}: rests on a reading ({found})" for found in re.findall(r"R\d+", claim.clause + claim.words)]
    told += [f"{claim.name}: no row of the table is called {name!r}" for name in {left, *cited} - TABLE.keys() if name]
    stated = {figure for clause in cited for figure in TABLE.get(clause, ())}
    told += [f"{claim.name}: {claim.clause} does not state {each}" for each in claim.figures if not said(each, stated)]
    return told if cited or told else [f"{claim.name}: cites no clause"]


def said(figure: str, stated: set[str]) -> bool:
    """Whether rows that state some figures say this one; a figure `2018: 3000.00` only with its year."""
    if figure in stated or figure in {each.partition(": ")[2] for each in stated if re.match(r"\d{4}: ", each)}:
        return True
    # Bands that begin at an amount say that below it nothing is paid.
    nothing = re.fullmatch(r"to (\d+\.\d\d): 0%", figure)
    return nothing is not None and any(each.startswith(f"{nothing[1]} to ") for each in stated)


def told_figures(value: Value, unit: str) -> tuple[str, ...]:
    """A value as the table writes it; bands one by one."""
    if isinstance(value, tuple):
        return tuple(each for entry in value for each in told_entry(entry))
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    if isinstance(value, int) and unit.startswith("fen"):
        return (format_yuan(value),)
    if isinstance(value, int) and unit == "basis points":
        return (format_percent(value),)
    return ("none" if value is None else str(value),)


def told_entry(entry: Band | LimitAbove) -> Iterator[str]:
    if isinstance(entry, LimitAbove):
        yield f"limit above {format_yuan(entry.total_above)}: {format_yuan(entry.limit)}"
        return
    above, rate = format_yuan(entry.above), format_percent(entry.rate)
    if entry.up_to is None:
        yield f"above {above}: {rate}"
    else:
        yield (
            f"{above} to {format_yuan(entry.up_to)}: {rate}"
            if entry.above
            else f"to {format_yuan(entry.up_to)}: {rate}"
        )


def claims_of(parameter: Parameter) -> Iterator[Claim]:
    """The values of a figure. From the second value on a clause must say from which year it holds."""
    for number, dated in enumerate(parameter.values):
        figures = told_figures(dated.value, parameter.unit)
        if number:
            figures = tuple(f"{dated.effective_from.year}: {figure}" for figure in figures)
        meaning = " ".join(parameter.meaning.values())
        yield Claim(f"{parameter.name} from {dated.effective_from}", dated.clause, dated.basis, figures, meaning)


def claims_of_texts(topic: str) -> Iterator[Claim]:
    """The entries of a topic that cite a clause. Numbers in their words must stand there too; operands do not count."""
    for code, entry in wording(topic).items():
        if "clause" not in entry:
            continue
        leaves = [entry[name] for name in entry if name not in {"clause", "document", "basis"}]
        words = " ".join(part for leaf in leaves for part in ([leaf] if isinstance(leaf, str) else leaf.values()))
        numbers = re.findall(r"(?<![A-Za-z/_.\d])\d+(?:\.\d+)?%?", re.sub(r"\{\w+\}|R\d+", "", words))
        yield Claim(f"{topic}: {code}", str(entry["clause"]), str(entry["basis"]), tuple(numbers), words)


def claims_of_reference() -> Iterator[Claim]:
    """The procedures with their steps, the lists of counties and all else that is kept as data beside its rule."""
    for path in sorted((ROOT / "app/rules/reference").glob("*.yaml")):
        yield from claims_within(yaml.safe_load(path.read_text(encoding="utf-8")), path.stem, "")


def claims_within(node: object, name: str, basis: str) -> Iterator[Claim]:
    """The entries with a clause; what names no basis of its own has that of the entry around it."""
    if isinstance(node, list):
        for number, item in enumerate(node, 1):
            yield from claims_within(item, f"{name} {number}", basis)
    if not isinstance(node, dict):
        return
    basis = str(node.get("basis", basis))
    if "clause" in node:
        yield Claim(name, str(node["clause"]), basis, (str(node["stated"]),) if "stated" in node else ())
    for key, inner in node.items():
        yield from claims_within(inner, f"{name} {key}", basis)


def claims_of_conditions() -> Iterator[Claim]:
    """The conditions of the project library."""
    for name, required in vars(procedure).items():
        if isinstance(required, procedure.Requirement):
            yield Claim(f"condition {name}", required.clause, required.basis)


def every_claim() -> list[Claim]:
    claims = [claim for parameter in PARAMETERS.by_name.values() for claim in claims_of(parameter)]
    claims += [claim for topic in TOPICS for claim in claims_of_texts(topic)]
    return [*claims, *claims_of_reference(), *claims_of_conditions()]


def test_every_claim_of_policy_is_stated_by_the_clauses_that_it_cites() -> None:
    claims = list(every_claim())
    assert len([claim for claim in claims if claim.basis == "policy"]) > 60
    assert [fault for claim in claims for fault in faults(claim)] == []


@pytest.mark.parametrize(
    ("cited", "figures", "words", "fault"),
    [
        ("七.1.(3)", ("10%",), "", None),
        ("七.1.(3)", ("to 30000.00: 10%",), "", "does not state to 30000.00: 10%"),  # the bound is R3's
        ("七.1.(4)", ("30000.00 to 70000.00: 80%",), "", None),
        ("七.1.(4)", ("30000.00 to 70000.00: 85%",), "", "does not state"),
        ("七.1.(6)", ("to 10000.00: 0%", "10000.00 to 30000.00: 40%"), "", None),
        ("七.1.(5)", ("none",), "", "does not state none"),  # silence is no limit of nothing
        ("七.1.(10)", (), "", "no row"),
        ("三.(四)", (), "", "no row"),
        ("报告部分三.(四)", ("2890.00",), "", "does not state 2890.00"),
        ("报告部分三.(四)、六.1", ("2890.00", "1890.00"), "", None),
        ("六.1", ("2018: 2890.00",), "", "does not state"),  # nothing changed on a day of 2018
        ("八.2", ("2018: 3000.00",), "", None),
        ("三.1", ("2017-01-01",), "", "does not state"),
        ("七.1.(3)至(7)", ("90%",), "", None),
        ("七.1.(6)（自然年）", ("80000.00",), "", None),
        ("二.3、R17", (), "", "rests on a reading"),
        ("七.1.(4)", (), "costs outside the catalogue included (R2)", "rests on a reading"),
        ("R19", (), "", "rests on a reading"),
        ("（文件未载）", (), "", "cites no clause"),
    ],
)
def test_a_false_claim_is_found_and_a_true_one_is_not(
    cited: str, figures: tuple[str, ...], words: str, fault: str | None
) -> None:
    found = faults(Claim("planted", cited, "policy", figures, words))
    assert fault in found[0] if fault else not found, found
    assert faults(Claim("planted", cited, "assumption", figures, words)) == []


def test_the_rows_stand_in_the_order_of_the_document() -> None:
    lines = [[int(line) for line in row[1].split("–")] for row in rows(text(PAGE)) if re.match(r"\d", row[1])]
    assert [first for first, *_ in lines] == sorted(first for first, *_ in lines)
    assert all(
        1 <= first <= last <= 218 for first, *_, last in (line * 2 if len(line) == 1 else line for line in lines)
    )
    assert len(TABLE) == len(lines), "a clause stands twice"


# Clauses in prose ----------------------------------------------------------------------------------

NUMBERED = re.compile(r"(?:报告部分)?[一二三四五六七八九十]{1,2}\.(?:\([一二三四五六七八九十]\)|\d(?:\.\(\d+\))?)")
OF_THE_REPORT = re.compile(r"(?<!报告部分)[一二三四]\.\([一二三四五六七八]\)")


def prose() -> Iterator[tuple[str, str]]:
    """Every file of the tree that people or programs read, but the recorded answers and this file."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, encoding="utf-8").stdout
    for name in filter(None, listed.split("\0")):
        path = Path(name)
        if path.suffix in {".py", ".yaml", ".md", ".html"} and not name.startswith(("tests/corpus/", "tests/docs/")):
            yield name, (ROOT / name).read_text(encoding="utf-8") if (ROOT / name).is_file() else ""


def test_every_clause_named_anywhere_has_a_row() -> None:
    unknown = {(name, clause) for name, words in prose() for clause in NUMBERED.findall(words)}
    assert sorted(f"{name}: {clause}" for name, clause in unknown if clause not in TABLE and "tests/" not in name) == []


def test_a_clause_of_the_report_is_never_cited_without_that_word() -> None:
    bare = [f"{name}: {clause}" for name, words in prose() for clause in OF_THE_REPORT.findall(words)]
    assert bare == []

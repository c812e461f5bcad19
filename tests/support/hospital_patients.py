"""The patients of the stand-in hospitals: their numbers, how they show who they are, and what 1101 must give back.

Section 9 of the document. Every number here is made up; the check character is the one of GB 11643.
"""

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from tests.support.hospital_ledger import Status
from tests.support.hospital_messages import Answer
from tests.support.hospital_region import people

Way = Literal["number", "card", "identity_card", "voucher"]

WAYS: tuple[Way, ...] = ("number", "card", "identity_card", "voucher")
"""How a patient says who he is: by the insurer's number, a card, an identity card, or a voucher on a telephone."""

_WEIGHTS = [2**place % 11 for place in range(17, 0, -1)]


class Patient(NamedTuple):
    """A person of the register with other numbers beside the insurer's."""

    number: str
    identity: str
    card: str
    name: str
    born: dt.date
    sex: str

    def shown(self, way: Way, rng: random.Random) -> dict[str, str]:
        """The fields by which a hospital says who the patient is."""
        if way == "number":
            return {"psn_no": self.number, "mdtrt_cert_type": "03", "mdtrt_cert_no": self.card}
        if way == "card":
            return {"mdtrt_cert_type": "03", "mdtrt_cert_no": spelt(self.card, rng)}
        if way == "identity_card":
            return {"mdtrt_cert_type": "02", "mdtrt_cert_no": spelt(self.identity, rng)}
        certificate = {"psn_cert_type": "01", "certno": spelt(self.identity, rng), "psn_name": self.name}
        return {"mdtrt_cert_type": "01", "mdtrt_cert_no": voucher(rng), **certificate}

    def complaints(self, shown: Mapping[str, str], answer: Answer, day: dt.date) -> Iterator[str]:
        """Whatever is wrong with what 1101 gives back: who was shown, and what the identity number says.

        A letter's width may be another than it was.
        """
        told = answer.output["baseinfo"]
        shown = {name: value.replace("Ｘ", "X") for name, value in shown.items()}
        number = shown.get("psn_no") or shown.get("certno") or shown["mdtrt_cert_no"]
        expected = {"psn_no": number, "psn_name": shown.get("psn_name", "")}
        if shown["mdtrt_cert_type"] in {"01", "02"}:
            certificate = shown.get("certno") or shown["mdtrt_cert_no"]
            expected |= {"psn_cert_type": "01", "certno": certificate, "gend": self.sex, "brdy": self.born.isoformat()}
            years = day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))
            age = Decimal(str(told["age"]))
            if int(age) != years or age * 10 % 1:
                yield f"the age is {told['age']!r}, born {self.born}"
        wrong = {name: told.get(name) for name, value in expected.items() if told.get(name) != value}
        if wrong:
            yield f"1101 says {wrong}, not {expected}"


def voucher(rng: random.Random) -> str:
    """A voucher's token: another one each time, and nobody's number."""
    return f"{rng.getrandbits(112):028X}"


def spelt(number: str, rng: random.Random) -> str:
    """A number as clerks and readers write it: a letter's case and width make no other person."""
    return rng.choice((number, number, number.lower(), number.translate({ord("X"): "Ｘ"})))


def patients() -> list[Patient]:
    """All of the region's register, each with an identity number and a card."""
    rng = random.Random("patients")
    listed = []
    for at, number in enumerate(people(), 1):
        born = dt.date(1930, 1, 1) + dt.timedelta(days=rng.randrange(29_000))
        male = rng.random() < 0.5
        digits = f"150923{born:%Y%m%d}{at:02d}{rng.randrange(1, 10, 2) if male else rng.randrange(0, 10, 2)}"
        check = "10X98765432"[sum(map(int.__mul__, map(int, digits), _WEIGHTS)) % 11]
        listed.append(Patient(number, digits + check, f"K{at:08d}X", f"王小{at}", born, "1" if male else "2"))
    return listed


def numbers_of(patients: Sequence[Patient]) -> dict[str, str]:
    """The insurer's number by each of the other numbers, in each spelling."""
    others = {other: each.number for each in patients for other in (each.identity, each.card)}
    return {
        spelling: number
        for other, number in others.items()
        for spelling in (other, other.lower(), other.translate({ord("X"): "Ｘ"}))
    }


def patients_file(patients: Sequence[Patient], register: Mapping[str, Sequence[Status]]) -> str:
    """The register with the other numbers, as the file that is imported."""
    rows = [
        f"{each.number},{status.status},{status.since},{status.until or ''},{each.identity},{each.card}"
        for each in patients
        for status in register[each.number]
    ]
    return "\n".join(["number,status,from,until,identity_number,card_number", *rows, ""])

"""The open readings of the policy text, in one language."""

from app.i18n import Language, inner_text, text, wording
from app.rules.readings import QUESTIONS, ReadingQuestion
from app.schemas.responses.reference import ReadingAnswer, ReadingsListAnswer


def readings_list(language: Language) -> ReadingsListAnswer:
    """List every open question with its default and its alternatives, by number."""
    switchable = [_switchable(question, language) for question in QUESTIONS]
    fixed = [_fixed(number, language) for number in wording("fixed_readings")]
    return {"readings": sorted(switchable + fixed, key=lambda reading: int(reading["id"][1:]))}


def _switchable(question: ReadingQuestion, language: Language) -> ReadingAnswer:
    name = question["reading"]
    return {
        "id": question["id"],
        "reading": name,
        "switchable": True,
        "question": text("readings", name, language),
        "default": question["default"],
        "values": [
            {"value": value, "meaning": inner_text("readings", name, value, language)} for value in question["values"]
        ],
    }


def _fixed(number: str, language: Language) -> ReadingAnswer:
    return {
        "id": number,
        "reading": None,
        "switchable": False,
        "question": text("fixed_readings", number, language),
        "default": "taken",
        "values": [{"value": "taken", "meaning": inner_text("fixed_readings", number, "taken", language)}],
    }

"""The open readings of the policy text, in one language."""

from app.i18n import Language, inner_text, text, wording
from app.presenters.sources import dated_value
from app.rules.parameters import Parameters
from app.rules.readings import HOUSEHOLD_QUESTIONS, PARAMETER, QUESTIONS, ReadingQuestion
from app.schemas.responses.reference import ReadingAnswer, ReadingsListAnswer


def readings_list(parameters: Parameters, language: Language) -> ReadingsListAnswer:
    """List every open question by number: those that a request can switch with their defaults through time."""
    switchable = [_switchable(parameters, question, language) for question in (*QUESTIONS, *HOUSEHOLD_QUESTIONS)]
    fixed = [_fixed(number, language) for number in wording("fixed_readings")]
    return {"readings": sorted(switchable + fixed, key=lambda reading: int(reading["id"][1:]))}


def _switchable(parameters: Parameters, question: ReadingQuestion, language: Language) -> ReadingAnswer:
    name = question["reading"]
    parameter = parameters.by_name[PARAMETER.format(name)]
    return {
        "id": question["id"],
        "reading": name,
        "switchable": True,
        "question": text("readings", name, language),
        "default": str(parameter.values[-1].value),
        "defaults": [dated_value(dated, parameter.unit, language) for dated in parameter.values],
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
        "defaults": [],
        "values": [{"value": "taken", "meaning": inner_text("fixed_readings", number, "taken", language)}],
    }

"""The open readings of the policy text, in words."""

from typing import Any

from app.i18n import Language, text, wording
from app.rules.readings import QUESTIONS


def readings_list(language: Language) -> dict[str, Any]:
    """List every open question, its default and its alternatives."""
    listed: list[dict[str, Any]] = []
    for question in QUESTIONS:
        words = wording("readings")[question["reading"]]
        listed.append(
            {
                "id": question["id"],
                "reading": question["reading"],
                "switchable": True,
                "question": text("readings", question["reading"], language),
                "default": question["default"],
                "values": [{"value": value, "meaning": words[value][language]} for value in question["values"]],  # type: ignore[index]
            }
        )
    listed += [
        {
            "id": number,
            "reading": None,
            "switchable": False,
            "question": text("fixed_readings", number, language),
            "default": "taken",
            "values": [{"value": "taken", "meaning": words["taken"][language]}],  # type: ignore[index]
        }
        for number, words in wording("fixed_readings").items()
    ]
    return {"readings": sorted(listed, key=lambda reading: int(str(reading["id"])[1:]))}

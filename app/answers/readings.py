"""The open readings of the policy text, in words."""

from typing import Any

from app.rules.readings import QUESTIONS
from app.wording import Language, text, wording


def readings_list(language: Language) -> dict[str, Any]:
    """List every open question, its default and its alternatives."""
    listed = []
    for question in QUESTIONS:
        words = wording("readings")[question["reading"]]
        listed.append(
            {
                "id": question["id"],
                "reading": question["reading"],
                "question": text("readings", question["reading"], language),
                "default": question["default"],
                "values": [{"value": value, "meaning": words[value][language]} for value in question["values"]],  # type: ignore[index]
            }
        )
    return {"readings": listed}

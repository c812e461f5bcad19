"""Whom a page tells people to ask: the contact of the deployment, or else the supervision line of the policy text."""

import datetime as dt

from app.i18n import Language, text
from app.presenters.sources import document_name
from app.rules.parameters import Parameters
from app.rules.reference.supervision import supervision_line


def whom_to_ask(contact: str | None, parameters: Parameters, today: dt.date, language: Language) -> str:
    """Return the deployment's contact as it is set, or a sentence that names the supervision line and its clause."""
    if contact:
        return contact
    line = supervision_line(parameters, today)
    source = {"document": document_name(line.document, language), "clause": line.clause}
    return text("pages", "whom_to_ask", language).format(line=line.value, **source)

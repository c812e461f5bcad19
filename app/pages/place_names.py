"""The names of places as pages show them, in the language of the page; a code that is not known is shown as it is."""

from typing import NamedTuple

from app.i18n import Language
from app.rules.reference.places import Divisions


class PlaceNames(NamedTuple):
    """Names counties, townships and villages by their division codes."""

    divisions: Divisions
    language: Language

    def own(self, code: str) -> str:
        """Return the name of a place by itself, as 七台镇."""
        return self.divisions.name(code, self.language) or code

    def full(self, code: str) -> str:
        """Return the name of a place with its township and county, as 商都县七台镇."""
        return self.divisions.full_name(code, self.language) or code

    def coded(self, code: str) -> str:
        """Return the full name with the code behind it, as 商都县七台镇（150923101）."""
        name = self.divisions.full_name(code, self.language)
        if name is None:
            return code
        return f"{name}（{code}）" if self.language == "zh" else f"{name} ({code})"

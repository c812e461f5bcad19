"""The ways of renovating, relocating and settling anew, in one language."""

from collections.abc import Iterable

from app.i18n import Language
from app.presenters.sources import cited
from app.rules.reference.housing_options import HousingOption
from app.schemas.responses.housing_options import HousingOptionAnswer, HousingOptionsAnswer


def housing_options_answer(options: Iterable[HousingOption], language: Language) -> HousingOptionsAnswer:
    """Show every way with its clause."""
    return {"options": [_option(each, language) for each in options]}


def _option(option: HousingOption, language: Language) -> HousingOptionAnswer:
    return {
        "option": option.id,
        "kind": option.kind,
        "arrangement": option.arrangement,
        "name": option.name[language],
        "note": None if option.note is None else option.note[language],
        "source": cited(option.document, option.clause, option.basis, option.effective_from, language),
    }

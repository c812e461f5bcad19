"""Names and sentences that stand beside a rule's data, each in Chinese and English."""

from app.rules.strict_yaml import Place

Words = dict[str, str]
"""The same words by language: `zh` and `en`."""


def words(place: Place) -> Words:
    """Read words in both languages. ParameterError where one is missing or empty."""
    read = {language: text.text().strip() for language, text in place.fields({"zh", "en"}).items()}
    if not all(read.values()):
        raise place.error("the words are missing in one language")
    return read

"""The slip of a bill, read off the API's own answers: what its page shows, its two pictures, and what they say."""

from typing import Any

import orjson

from app.http.problems import no_policy
from app.i18n import Language, text
from app.pages.bill_form import TOPIC, Typed, in_words, label, reading_in_words, said, to_request
from app.pages.charts import BILL, LEFT, PAID, Bar, floating_bars, height
from app.pages.figures import BETWEEN, figure_lines, name_figures
from app.presenters.range import range_answer
from app.presenters.reimbursements import ReimbursementPresenter
from app.rules.money import parse_yuan
from app.rules.readings import DEFAULT, QUESTIONS
from app.schemas.requests.reimbursements import ReimbursementRequest

Json = dict[str, Any]


def request_of(answers: ReimbursementPresenter, values: Typed, repeated: list[str]) -> ReimbursementRequest:
    """Read what was typed. ProblemError where a field is refused, or no policy was in force on the day."""
    request = to_request(values, repeated)
    if request.service_date < answers.parameters.first_day:
        raise no_policy(answers.parameters.first_day, "/service_date")
    return request


def answer_of(answers: ReimbursementPresenter, request: ReimbursementRequest, language: Language) -> Json:
    """Answer a bill as the API does."""
    bill = request.to_bill(request.chosen_readings())
    return _plain(answers.answer(request.service_date, bill, language))


def range_of(answers: ReimbursementPresenter, request: ReimbursementRequest, language: Language) -> Json:
    """Answer what the open readings could change, as the API does."""
    return _plain(range_answer(answers, request.service_date, request.to_bill(), language))


def slip(answers: ReimbursementPresenter, values: Typed, request: ReimbursementRequest, language: Language) -> Json:
    """Gather what the slip of a bill shows."""
    answer, ranged = answer_of(answers, request, language), range_of(answers, request, language)
    return {
        "answer": _with_figures(answers, answer, request, language),
        "facts": facts(values, language),
        "chart_words": chart_in_words(answer, language),
        "chart_height": height(len(chart_bars(answer, language))),
        "range": ranged,
        "range_amounts": amounts(ranged),
        "range_words": range_in_words(ranged, language),
        "range_height": height(len(range_bars(ranged, language))),
        "alone": [
            {
                **each,
                "id": number_of(each["reading"]),
                "read_as": reading_in_words(each["reading"], each["value"], language),
            }
            for each in ranged["alone"]
        ],
        **{name: taken_otherwise(ranged[name]["readings"], language) for name in ("lowest", "highest")},
        "otherwise": any(answer["readings"][name] != value for name, value in DEFAULT._asdict().items()),
    }


def facts(values: Typed, language: Language) -> list[tuple[str, str]]:
    """List what a slip was calculated from, in words."""
    return [(label(name, language), in_words(name, value, language)) for name, value in said(values).items()]


def _with_figures(
    answers: ReimbursementPresenter, answer: Json, request: ReimbursementRequest, language: Language
) -> Json:
    """Say of each figure that is cited or warned of what it means, and its value in words."""
    name_figures(answer["warnings"], answers.parameters, language)
    for layer in answer["layers"]:
        for source in layer["sources"]:
            parameter = answers.parameters.by_name[source["parameter"]]
            source["meaning"] = parameter.meaning[language]
            source["lines"] = figure_lines(parameter, parameter.on(request.service_date), language)
    return answer


def chart(answer: Json, language: Language) -> bytes:
    """Draw a bill's way from its total down to what the patient pays."""
    return floating_bars(text(TOPIC, "chart", language), chart_bars(answer, language))


def chart_bars(answer: Json, language: Language) -> list[Bar]:
    """List the bars of that drawing: the bill, what each layer pays of it, what the patient pays."""
    total, owed = parse_yuan(answer["bill"]["total"]), parse_yuan(answer["summary"]["out_of_pocket"])
    bars = [Bar(text(TOPIC, "the_bill", language), 0, total, BILL, answer["bill"]["total"])]
    for layer in answer["layers"]:
        name = text(TOPIC, f"short_{layer['layer']}", language)
        bars.append(Bar(name, parse_yuan(layer["left"]), parse_yuan(layer["paid"]), PAID, layer["paid"]))
    if answer["guarantee"] is not None:
        paid = answer["guarantee"]["paid"]
        bars.append(Bar(text(TOPIC, "short_guarantee", language), owed, parse_yuan(paid), PAID, paid))
    bars.append(Bar(text(TOPIC, "owes", language), 0, owed, LEFT, answer["summary"]["out_of_pocket"]))
    return bars


def chart_in_words(answer: Json, language: Language) -> str:
    """Say what the chart of a bill shows, with every figure."""
    parts = [text(TOPIC, "chart_bill", language).format(**answer["bill"])]
    parts += [text(TOPIC, "chart_layer", language).format(**layer) for layer in answer["layers"]]
    if answer["guarantee"] is not None:
        parts.append(text(TOPIC, "chart_guarantee", language).format(**answer["guarantee"]))
    parts.append(text(TOPIC, "chart_owes", language).format(amount=answer["summary"]["out_of_pocket"]))
    return _joined(parts, language)


def range_chart(ranged: Json, language: Language) -> bytes:
    """Draw what the patient pays under the readings of the text."""
    return floating_bars(text(TOPIC, "range", language), range_bars(ranged, language))


def range_bars(ranged: Json, language: Language) -> list[Bar]:
    """List the bars of that drawing: by default, by each reading that alone changes it, the least and the most."""
    rows = [(text(TOPIC, "by_default", language), ranged["default"]["out_of_pocket"], BILL)]
    rows += [(number_of(each["reading"]), each["out_of_pocket"], BILL) for each in _changing(ranged)]
    rows.append((text(TOPIC, "lowest", language), ranged["lowest"]["out_of_pocket"], PAID))
    rows.append((text(TOPIC, "highest", language), ranged["highest"]["out_of_pocket"], LEFT))
    return [Bar(name, 0, parse_yuan(amount), colour, amount) for name, amount, colour in rows]


def range_in_words(ranged: Json, language: Language) -> str:
    """Say what the picture of the range shows, with every figure."""
    parts = [text(TOPIC, "range_sentence", language).format(**amounts(ranged))]
    alone = [
        text(TOPIC, "range_bar", language).format(
            id=number_of(each["reading"]),
            value=reading_in_words(each["reading"], each["value"], language),
            amount=each["out_of_pocket"],
        )
        for each in _changing(ranged)
    ]
    if alone:
        parts.append(text(TOPIC, "range_alone", language).format(each=_joined(alone, language)))
    return " ".join(parts)


def amounts(ranged: Json) -> Json:
    """Return the amounts of a range by the names that sentences give them."""
    return {
        "combinations": ranged["combinations"],
        **{name: ranged[name]["out_of_pocket"] for name in ("default", "lowest", "highest")},
    }


def number_of(reading: str) -> str:
    """Return the number that the catalogue gives an open question."""
    return next(question["id"] for question in QUESTIONS if question["reading"] == reading)


def taken_otherwise(readings: Json, language: Language) -> str:
    """Say which open questions are read otherwise than by default, and how."""
    others = [
        f"{number_of(reading)} {reading_in_words(reading, value, language)}"
        for reading, value in readings.items()
        if value != getattr(DEFAULT, reading)
    ]
    return _joined(others, language) if others else text(TOPIC, "all_defaults", language)


def _changing(ranged: Json) -> list[Json]:
    default = ranged["default"]["out_of_pocket"]
    return [each for each in ranged["alone"] if each["out_of_pocket"] != default]


def _joined(parts: list[str], language: Language) -> str:
    return BETWEEN[language].join(parts)


def _plain(answer: object) -> Json:
    """Read an answer as who asks the API reads it; parts of it are kept as JSON that is written already."""
    read: Json = orjson.loads(orjson.dumps(answer))
    return read

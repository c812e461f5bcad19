"""The slip of a bill: what its page shows of the reimbursement, and its two charts with their descriptions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from app.http.problems import no_policy
from app.i18n import Language, text
from app.i18n.amounts import in_sentence
from app.i18n.sentences import AFTER_A_SENTENCE, BETWEEN, LISTED
from app.pages.bill_form import TOPIC, in_words, label, reading_in_words, stated, to_request
from app.pages.charts import BILL, LEFT, PAID, Bar, floating_bars, height
from app.pages.figures import figure_lines, warning_texts
from app.pages.forms import Typed
from app.presenters.range import present_range
from app.presenters.reimbursements import ReimbursementPresenter
from app.rules.money import Fen, format_yuan
from app.rules.readings import NUMBERS, Readings
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.layers import Reimbursement, reimburse
from app.rules.reimbursement.readings_range import ReadingsRange, readings_range
from app.schemas.requests.reimbursements import ReimbursementRequest
from app.schemas.responses.reimbursements import AlternativeAnswer, RangeAnswer, ReimbursementAnswer


class FigureWords(NamedTuple):
    """What a cited figure means, and its value in words, a line for each band."""

    meaning: str
    lines: Sequence[str]


class Alternative(NamedTuple):
    """One reading changed by itself: its number, and how the text is read then."""

    id: str
    answer: AlternativeAnswer
    reading: str


class Slip(NamedTuple):
    """What the slip of a bill shows; the heights of the charts are in their own units."""

    language: Language
    answer: ReimbursementAnswer
    range: RangeAnswer
    facts: Sequence[tuple[str, str]]
    warnings: Sequence[str]
    figures: Mapping[str, FigureWords]
    chart_words: str
    chart_height: int
    range_words: str
    range_height: int
    alone: Sequence[Alternative]
    lowest: str
    highest: str
    otherwise: bool
    """Whether this bill reads an open question otherwise than by default."""

    @property
    def range_amounts(self) -> dict[str, object]:
        """Return the amounts of the range by their names in sentences, as a sentence has them."""
        return _range_amounts(self.range, self.language)


def request_of(presenter: ReimbursementPresenter, values: Typed, repeated: list[str]) -> ReimbursementRequest:
    """Read what was typed. ProblemError where a field is refused, or no policy was in force on the day."""
    request = to_request(values, repeated)
    if request.service_date < presenter.parameters.first_day:
        raise no_policy(presenter.parameters.first_day, "/service_date")
    return request


def slip(presenter: ReimbursementPresenter, values: Typed, request: ReimbursementRequest, language: Language) -> Slip:
    """Reimburse a bill and gather what its slip shows."""
    day, parameters = request.service_date, presenter.parameters
    defaults = parameters.on(day).readings
    bill = request.to_bill(parameters)
    reimbursement, answer = presenter.settle(day, bill, language)
    found = _range(presenter, request)
    range_answer = present_range(presenter, day, request.under(defaults), found, language)
    cited = {source["parameter"] for layer in answer["layers"] for source in layer["sources"]}
    by_name = {name: parameters.by_name[name] for name in cited}
    return Slip(
        language=language,
        answer=answer,
        range=range_answer,
        facts=facts(values, language),
        warnings=warning_texts(answer["warnings"]),
        figures={
            name: FigureWords(figure.meaning[language], figure_lines(figure, figure.on(day), language))
            for name, figure in by_name.items()
        },
        chart_words=_chart_in_words(answer, language),
        chart_height=height(len(_chart_bars(bill, reimbursement, language))),
        range_words=_range_in_words(range_answer, language),
        range_height=height(len(_range_bars(found, language))),
        alone=[
            Alternative(NUMBERS[each["reading"]], each, reading_in_words(each["reading"], each["value"], language))
            for each in range_answer["alone"]
        ],
        lowest=_read_otherwise(found.lowest.readings, defaults, language),
        highest=_read_otherwise(found.highest.readings, defaults, language),
        otherwise=bill.readings != defaults,
    )


def facts(values: Typed, language: Language) -> list[tuple[str, str]]:
    """List the facts that a slip was calculated from, in words."""
    return [(label(name, language), in_words(name, value, language)) for name, value in stated(values).items()]


def chart(presenter: ReimbursementPresenter, request: ReimbursementRequest, language: Language) -> bytes:
    """Draw a bill from its total down to what the patient pays."""
    bill = request.to_bill(presenter.parameters)
    reimbursement = reimburse(bill, presenter.parameters.on(request.service_date))
    return floating_bars(text(TOPIC, "chart", language), _chart_bars(bill, reimbursement, language))


def range_chart(presenter: ReimbursementPresenter, request: ReimbursementRequest, language: Language) -> bytes:
    """Draw what the patient pays under the readings of the text."""
    return floating_bars(text(TOPIC, "range", language), _range_bars(_range(presenter, request), language))


def _range(presenter: ReimbursementPresenter, request: ReimbursementRequest) -> ReadingsRange:
    figures = presenter.parameters.on(request.service_date)
    return readings_range(request.under(figures.readings), figures)


def _chart_bars(bill: Bill, reimbursement: Reimbursement, language: Language) -> list[Bar]:
    """List the bars of the chart: the bill, what each layer pays of it, what the patient pays."""
    owed = reimbursement.out_of_pocket
    bars = [_bar(text(TOPIC, "the_bill", language), 0, bill.total, BILL)]
    bars += [
        _bar(text(TOPIC, f"short_{working.layer}", language), working.left, working.paid, PAID)
        for working in reimbursement.layers
    ]
    if reimbursement.guarantee is not None:
        bars.append(_bar(text(TOPIC, "short_guarantee", language), owed, reimbursement.guarantee, PAID))
    bars.append(_bar(text(TOPIC, "owes", language), 0, owed, LEFT))
    return bars


def _range_bars(found: ReadingsRange, language: Language) -> list[Bar]:
    """List the bars of the chart: by default, by each reading that changes it by itself, the least and the most."""
    default = found.default.out_of_pocket
    changed = [(reading, owed) for (reading, _), owed in found.alone.items() if owed != default]
    return [
        _bar(text(TOPIC, "by_default", language), 0, default, BILL),
        *(_bar(NUMBERS[reading], 0, owed, BILL) for reading, owed in changed),
        _bar(text(TOPIC, "lowest", language), 0, found.lowest.out_of_pocket, PAID),
        _bar(text(TOPIC, "highest", language), 0, found.highest.out_of_pocket, LEFT),
    ]


def _bar(name: str, begins: Fen, length: Fen, colour: str) -> Bar:
    return Bar(name, int(begins), int(length), colour, format_yuan(length))


def _chart_in_words(answer: ReimbursementAnswer, language: Language) -> str:
    """Describe the chart of a bill, with every figure."""

    def said(code: str, name: str = "", **amounts: str) -> str:
        words = {operand: in_sentence(amount, language) for operand, amount in amounts.items()}
        return text(TOPIC, code, language).format(name=name, **words)

    parts = [said("chart_bill", total=answer["bill"]["total"])]
    parts += [said("chart_layer", each["name"], paid=each["paid"], left=each["left"]) for each in answer["layers"]]
    guarantee = answer["guarantee"]
    if guarantee is not None:
        parts.append(said("chart_guarantee", guarantee["name"], paid=guarantee["paid"]))
    parts.append(said("chart_owes", amount=answer["summary"]["out_of_pocket"]))
    return _joined(parts, language)


def _range_in_words(answer: RangeAnswer, language: Language) -> str:
    """Describe the chart of the range, with every figure."""
    default = answer["default"]["out_of_pocket"]
    alone = [
        text(TOPIC, "range_bar", language).format(
            id=NUMBERS[each["reading"]],
            value=reading_in_words(each["reading"], each["value"], language),
            amount=in_sentence(each["out_of_pocket"], language),
        )
        for each in answer["alone"]
        if each["out_of_pocket"] != default
    ]
    parts = [text(TOPIC, "range_sentence", language).format(**_range_amounts(answer, language))]
    if alone:
        parts.append(text(TOPIC, "range_alone", language).format(each=_joined(alone, language)))
    return AFTER_A_SENTENCE[language].join(parts)


def _range_amounts(answer: RangeAnswer, language: Language) -> dict[str, object]:
    return {
        "readings_covered": answer["readings_covered"],
        "combinations": answer["combinations"],
        "not_switchable": LISTED[language].join(answer["not_switchable"]),
        "default": in_sentence(answer["default"]["out_of_pocket"], language),
        "lowest": in_sentence(answer["lowest"]["out_of_pocket"], language),
        "highest": in_sentence(answer["highest"]["out_of_pocket"], language),
    }


def _read_otherwise(readings: Readings, defaults: Readings, language: Language) -> str:
    """List the open questions that are read otherwise than by default, and how."""
    others = [
        f"{NUMBERS[reading]} {reading_in_words(reading, value, language)}"
        for reading, value, default in zip(Readings._fields, readings, defaults, strict=True)
        if value != default
    ]
    return _joined(others, language) if others else text(TOPIC, "all_defaults", language)


def _joined(parts: Iterable[str], language: Language) -> str:
    return BETWEEN[language].join(parts)

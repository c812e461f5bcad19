"""Whom people are told to call with a question or a complaint: 报告部分四.(六). Figures in supervision.yaml."""

import datetime as dt

from app.rules.parameters import DatedValue, Parameters


def supervision_line(parameters: Parameters, day: dt.date) -> DatedValue:
    """Return the supervision line (扶贫监督举报电话) of a day, with its source; before the first day, the first one."""
    return parameters.by_name["supervision.line"].on(max(day, parameters.first_day))

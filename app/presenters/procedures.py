"""Procedures in words, with the days and periods that their parameters hold."""

from typing import Any

from app.i18n import Language
from app.presenters.sources import cited, source
from app.rules.parameters import Parameter
from app.rules.reference.procedures import Deadline, Display, Named, Procedure, Procedures, ProcedureStep


def procedures_answer(procedures: Procedures, language: Language) -> dict[str, Any]:
    """Show every procedure."""
    return {"procedures": [procedure_answer(procedure, language) for procedure in procedures.values()]}


def procedure_answer(procedure: Procedure, language: Language) -> dict[str, Any]:
    """Show a procedure: its steps, and its papers and deadlines together."""
    return {
        "procedure": procedure.id,
        "name": procedure.name[language],
        "benefits": list(procedure.benefits),
        "followed_by": procedure.followed_by,
        "steps": [_step(procedure, step, language) for step in procedure.steps],
        "papers": _papers(procedure, language),
        "deadlines": [
            {"step": step.number, **_deadline(step.deadline, language)} for step in procedure.steps if step.deadline
        ],
        "notes": [note[language] for note in procedure.notes],
        "source": _source(procedure, procedure.clause, language),
    }


def _step(procedure: Procedure, step: ProcedureStep, language: Language) -> dict[str, Any]:
    return {
        "step": step.number,
        "actors": [{"actor": actor.id, "name": actor.name[language]} for actor in step.actors],
        "does": step.does[language],
        "needs": [_paper(paper, language) for paper in step.needs],
        "makes": [_paper(paper, language) for paper in step.makes],
        "publicity": None if step.display is None else _display(step.display, language),
        "deadline": None if step.deadline is None else _deadline(step.deadline, language),
        "assumed": None if step.assumed is None else step.assumed[language],
        "source": _source(procedure, step.clause, language),
    }


def _papers(procedure: Procedure, language: Language) -> list[dict[str, Any]]:
    """List each paper once, in the order in which the steps come to it."""
    met = {paper.id: paper for step in procedure.steps for paper in (*step.makes, *step.needs)}
    return [
        {
            **_paper(paper, language),
            "made_in": [step.number for step in procedure.steps if paper in step.makes],
            "needed_in": [step.number for step in procedure.steps if paper in step.needs],
        }
        for paper in met.values()
    ]


def _paper(paper: Named, language: Language) -> dict[str, str]:
    return {"paper": paper.id, "name": paper.name[language]}


def _display(display: Display, language: Language) -> dict[str, Any]:
    days = display.days
    return {
        "kind": display.kind,
        "level": display.level,
        "days_at_least": None if days is None else days.values[-1].value,
        **_cited(days, language),
    }


def _deadline(deadline: Deadline, language: Language) -> dict[str, Any]:
    return {
        "month_day": deadline.parameter.values[-1].value,
        "what": deadline.what[language],
        **_cited(deadline.parameter, language),
    }


def _cited(parameter: Parameter | None, language: Language) -> dict[str, Any]:
    if parameter is None:
        return {"parameter": None, "source": None}
    return {"parameter": parameter.name, "source": source(parameter.values[-1], language)}


def _source(procedure: Procedure, clause: str, language: Language) -> dict[str, str]:
    return cited(procedure.document, clause, procedure.basis, procedure.effective_from, language)

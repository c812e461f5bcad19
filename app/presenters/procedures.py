"""Procedures in one language, with the days and periods that their parameters hold."""

from app.i18n import Language
from app.presenters.sources import cited, integer, source
from app.rules.reference.procedures import Deadline, Display, Named, Procedure, Procedures, ProcedureStep
from app.schemas.responses.procedures import (
    DeadlineAnswer,
    DisplayAnswer,
    PaperAnswer,
    PaperOfProcedure,
    ProcedureAnswer,
    ProceduresAnswer,
    StepAnswer,
)
from app.schemas.responses.reference import SourceAnswer


def procedures_answer(procedures: Procedures, language: Language) -> ProceduresAnswer:
    """Show every procedure."""
    return {"procedures": [procedure_answer(procedure, language) for procedure in procedures.values()]}


def procedure_answer(procedure: Procedure, language: Language) -> ProcedureAnswer:
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


def _step(procedure: Procedure, step: ProcedureStep, language: Language) -> StepAnswer:
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


def _papers(procedure: Procedure, language: Language) -> list[PaperOfProcedure]:
    """List each paper once, in the order in which the steps come to it."""
    papers = {paper.id: paper for step in procedure.steps for paper in (*step.makes, *step.needs)}
    return [
        {
            **_paper(paper, language),
            "made_in": [step.number for step in procedure.steps if paper in step.makes],
            "needed_in": [step.number for step in procedure.steps if paper in step.needs],
        }
        for paper in papers.values()
    ]


def _paper(paper: Named, language: Language) -> PaperAnswer:
    return {"paper": paper.id, "name": paper.name[language]}


def _display(display: Display, language: Language) -> DisplayAnswer:
    days = display.days
    last = None if days is None else days.values[-1]
    return {
        "kind": display.kind,
        "level": display.level,
        "days_at_least": None if last is None else integer(last),
        "parameter": None if days is None else days.name,
        "source": None if last is None else source(last, language),
    }


def _deadline(deadline: Deadline, language: Language) -> DeadlineAnswer:
    last = deadline.parameter.values[-1]
    return {
        "month_day": str(last.value),
        "what": deadline.what[language],
        "parameter": deadline.parameter.name,
        "source": source(last, language),
    }


def _source(procedure: Procedure, clause: str, language: Language) -> SourceAnswer:
    return cited(procedure.document, clause, procedure.basis, procedure.effective_from, language)

"""Putting what was told together, so that the order in which it arrives does not matter, nor how often.

Of two tellings of the same thing the later one holds; of two from the same moment the one whose text sorts last, since
any rule does that is the same for everybody.
"""

from collections.abc import Mapping
from typing import TypeVar

from app.applications.dossier import Application, Candidate, Dossier, Facts, Interview, Job

T = TypeVar("T", Candidate, Job, Application, Interview)


def merge(known: Dossier, told: Facts) -> Dossier:
    """Return the dossier with what was told. Whether anything in it was news: compare the two."""
    panel_at, panel_ids = known.panel_at, known.panel_ids
    if told.panel_complete:
        ids = tuple(sorted(one.remote_id for one in told.interviews))
        panel_at, panel_ids = max((panel_at, panel_ids), (told.panel_at, ids))
    interviews = {one.remote_id: one for one in (*known.interviews, *known.dropped)}
    for one in told.interviews:
        interviews[one.remote_id] = _later(interviews.get(one.remote_id), one)
    standing, dropped = _sorted_out(interviews, panel_at, panel_ids)
    return Dossier(
        candidate=_later(known.candidate, told.candidate) if told.candidate else known.candidate,
        job=_later(known.job, told.job) if told.job else known.job,
        application=_later(known.application, told.application) if told.application else known.application,
        interviews=standing,
        dropped=dropped,
        panel_at=panel_at,
        panel_ids=panel_ids,
    )


def _later(known: T | None, told: T) -> T:
    if known is None:
        return told
    return max(known, told, key=lambda one: (one.updated, one.model_dump_json()))


def _sorted_out(
    interviews: Mapping[str, Interview], panel_at: int, panel_ids: tuple[str, ...]
) -> tuple[tuple[Interview, ...], tuple[Interview, ...]]:
    """Return what stands, and what a complete list did not name: that is dropped, unless it is newer than the list."""
    standing: list[Interview] = []
    dropped: list[Interview] = []
    for remote_id in sorted(interviews):
        one = interviews[remote_id]
        (standing if remote_id in panel_ids or one.updated > panel_at else dropped).append(one)
    return tuple(standing), tuple(dropped)

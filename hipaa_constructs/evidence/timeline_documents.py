"""The timeline as a page of its own, and as a calendar."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

import icalendar

from hipaa_constructs.evidence.html_report import page
from hipaa_constructs.evidence.labels import visible
from hipaa_constructs.evidence.timeline import STEP_WORDS, Timeline

_REMIND = datetime.timedelta(days=-7)


def timeline_as_html(timeline: Timeline) -> str:
    """Return it as one HTML document that needs nothing else."""
    return page("plan_page.html.j2", timeline=timeline, step_words=STEP_WORDS)


def timeline_as_ics(timeline: Timeline, at: datetime.datetime) -> str:
    """Return it as a calendar (RFC 5545): steps that are open, duties as they recur, and ends.

    An entry keeps its id from one calendar to the next, so that a program which takes it in again moves it.

    :param at: the moment at which it is made.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//hipaa-constructs//plan//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "HIPAA plan")
    for event in _events(timeline):
        event.add("dtstamp", at)
        # It takes no time of anybody's day.
        event.add("transp", "TRANSPARENT")
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", event["summary"])
        alarm.add("trigger", _REMIND)
        event.add_component(alarm)
        calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")


def _events(timeline: Timeline) -> Iterator[icalendar.Event]:
    for step in timeline.steps:
        if step.due is not None and step.status != "done":
            lacking = [f"- {one.says}" for one in step.proof if not one.holds]
            lines = [*step.how, "", "To be shown:", *lacking, "", _cited(step.controls)]
            yield _event(f"step-{step.id}", step.due, f"{step.title} ({step.owner or 'nobody yet'})", "\n".join(lines))
    for duty in timeline.duties:
        if duty.due is not None:
            text = f"{duty.period.capitalize()}. {_cited(duty.controls)}"
            event = _event(f"duty-{duty.id}", duty.due, f"{duty.title} ({duty.owner or 'nobody yet'})", text)
            event.add("rrule", {"freq": "daily", "interval": duty.days})
            yield event
    for end in timeline.ends:
        yield _event(f"end-{end.day}-{end.title}", end.day, f"{end.title} ({end.owner or 'nobody yet'})", "")


def _event(identifier: str, day: datetime.date, summary: str, text: str) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{visible(identifier)}@hipaa-constructs")
    event.add("dtstart", day)
    event.add("summary", visible(summary))
    event.add("description", visible(text))
    return event


def _cited(controls: Sequence[str]) -> str:
    return ", ".join(f"45 CFR {control}" for control in controls)

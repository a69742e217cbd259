"""The evidence as one HTML file that needs nothing else: no network, and no script for reading."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup, escape

from hipaa_constructs.evidence.breach import breach_of
from hipaa_constructs.evidence.cost_view import cost_view
from hipaa_constructs.evidence.html_intros import intros_of
from hipaa_constructs.evidence.html_pictures import pictures_of
from hipaa_constructs.evidence.html_summary import summary_of
from hipaa_constructs.evidence.html_view import view_of
from hipaa_constructs.evidence.html_words import WORDS
from hipaa_constructs.evidence.labels import kind_of, moment_of, shorten_path, some, visible
from hipaa_constructs.evidence.model import (
    CHANGE_WORDS,
    COLUMN_WORDS,
    DISCLAIMER,
    OUTCOMES,
    STATUS_WORDS,
    Counts,
    Evidence,
)
from hipaa_constructs.evidence.readiness import readiness_of
from hipaa_constructs.evidence.timeline import STEP_WORDS, timeline_of

# What one cell and one table list before they only count; report.json lists everything.
MOST_NAMES = 12
MOST_ROWS = 200
# So many resources of a rule are listed with what the rule saw.
MOST_SEEN = 50
# So many findings stand open on the page; more are closed under their rules.
MOST_OPEN = 40


def as_html(evidence: Evidence) -> str:
    """Return the report as an HTML document."""
    return page(
        "report.html.j2",
        **view_of(evidence),
        **summary_of(evidence),
        **intros_of(evidence),
        **pictures_of(evidence),
        **cost_view(evidence.cost),
        e=evidence,
        outcomes=OUTCOMES,
        status_words=STATUS_WORDS,
        column_words=COLUMN_WORDS,
        change_words=CHANGE_WORDS,
        step_words=STEP_WORDS,
        breach=breach_of(evidence),
        readiness=readiness_of(evidence),
        timeline=timeline_of(evidence),
        moment=moment_of(evidence.made),
        counts_of=_counts,
        most_names=MOST_NAMES,
        most_rows=MOST_ROWS,
        most_open=MOST_OPEN,
        most_seen=MOST_SEEN,
    )


def page(template: str, **values: Any) -> str:
    """Return a page made of a template of this package, with what every page reads besides."""
    style, script = _text("style.css"), _text("script.js")
    text = _environment().get_template(template)
    made = text.render(
        **WORDS,
        **values,
        disclaimer=DISCLAIMER,
        # Both are this package's own files; nothing of the evidence goes into them.
        style=Markup(style),
        script=Markup(script),
        style_hash=_digest(style),
        script_hash=_digest(script),
    )
    return visible(made)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hipaa_constructs.evidence"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        anchor=_anchor,
        breakable=_breakable,
        breakable_citation=_breakable_citation,
        kind=kind_of,
        number=_number,
        some=some,
        short=lambda name: shorten_path(str(name)),
    )
    return environment


def _text(name: str) -> str:
    return resources.files("hipaa_constructs.evidence").joinpath("templates", name).read_text("utf-8")


def _digest(text: str) -> str:
    """Return the hash by which the page's content security policy admits its own style and script."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _anchor(identifier: str, prefix: str) -> str:
    return f"{prefix}-{re.sub(r'[^0-9A-Za-z]+', '-', identifier).strip('-')}"


def _breakable(text: Any) -> Markup:
    """Escape a path or an id, and let its lines break after slashes, colons and pack names."""
    return Markup(re.sub(r"(/|::|\.(?=\w{3})|-(?=[A-Z]))", r"\1<wbr>", str(escape(str(text)))))


def _breakable_citation(text: str) -> Markup:
    return Markup(str(escape(text)).replace("(", "<wbr>("))


def _number(value: int) -> str:
    return f"{value:,}"


def _counts(counts: Counts) -> dict[str, int]:
    return asdict(counts)

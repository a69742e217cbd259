"""Starter files, commented: what to attest, how to acknowledge, who does what by when, how much the app is used."""

from __future__ import annotations

import datetime
import json
import textwrap
from collections.abc import Iterator

from hipaa_constructs.compliance.acknowledgements.reviewed_file import DEFAULT_FILE as ACKNOWLEDGEMENTS
from hipaa_constructs.compliance.controls import controls
from hipaa_constructs.cost.usage import DEFAULT_FILE as USAGE
from hipaa_constructs.cost.usage import usage_text
from hipaa_constructs.evidence.attestation_kinds import DEFAULT_FILE as ATTESTATIONS
from hipaa_constructs.evidence.attestation_kinds import Kind, kinds
from hipaa_constructs.evidence.plan_steps import DEFAULT_FILE as PLAN
from hipaa_constructs.evidence.plan_steps import catalogue, last_day

_ACKNOWLEDGEMENTS = """\
# Findings that somebody accepted: which, where, why, on whose word, and until when.
# `enforce_hipaa(app)`, `hipaa-constructs check` and `hipaa-constructs report` read it. Have every change reviewed.
#
# path may hold * and ?; it stands for the construct and all below it. Name the narrowest construct that the finding
# names. A reason states the fact; an entry that has ended, or that matches no finding, is itself a finding.
#
# [[acknowledgement]]
# rule = "HIPAA.Security-S3BucketReplicationEnabled"
# path = "Clinic/Thumbnails/Resource"
# reason = "The thumbnails are rebuilt from the originals within an hour."
# approved_by = "Dana Cole, security official"
# expires = 2027-06-30
# ticket = "SEC-101"                                      # optional
# compensating_control = "The originals are replicated."  # optional
"""

_ATTESTATIONS_HEAD = """\
# What infrastructure cannot show: done when, on whose word, and where the record is; what does not apply to you, and
# how each addressable specification is met. `hipaa-constructs report` reads this file. What is missing or overdue is
# shown as not attested, and no entry of the Security Rule is met without it.
#
# Each table takes
#   date         the day on which it was done, without quotes: 2026-11-22
#   owner        the person or role that answers for it
#   evidence     a link to the record, or where it is kept; no secrets, no PHI
#   review_days  after how many days it is due again; optional, the default stands beside each
#   note         optional
# Remove the # before a table's lines to fill it in.
"""

_LIMITATIONS = """\
# Who looked at the exceptions that the library states for itself, and takes them over for the organization.
# [limitations]
# reviewed_by = ""
# date = 2026-11-22
# review_days = 365
"""


_PLAN_HEAD = """\
# From nothing to ready in eight weeks: who does what, and by when. `hipaa-constructs plan` shows what is done, by what
# proof, and what is next, and so does the report. A step is done when what proves it holds: nothing here says so.
#
# owner is a person or role; due is a day without quotes. A step that is left out has until the last day of its week.
"""


_APP = '''\
"""The landing zone; its configuration is in cdk.json, under ``landing-zone``."""

import aws_cdk as cdk

from hipaa_constructs import enforce_hipaa
from hipaa_constructs.landing_zone import build, load_config

app = cdk.App()
build(app, load_config(app))
enforce_hipaa(app)
app.synth()
'''


def landing_zone(account: str) -> dict[str, str]:
    """Return an app that is the landing zone, and its configuration: as little as it needs, by file name."""
    context = {
        "landing-zone": {
            "account": account,
            "primary_region": "us-east-1",
            "recovery_region": "us-west-2",
            "alerts": {"emails": ["security@clinic.example"]},
        },
        # Stacks that were deployed apart can be changed apart: github.com/aws/aws-cdk, README, Reference strength.
        "@aws-cdk/core:defaultCrossStackReferences": "weak",
    }
    settings = {"app": "python app.py", "output": "cdk.out", "context": context}
    return {"app.py": _APP, "cdk.json": json.dumps(settings, indent=2) + "\n"}


def starters(start: datetime.date) -> dict[str, str]:
    """Return the starter files by name.

    :param start: the first day of the plan.
    """
    tables = "\n".join(_table(kind) for kind in kinds().values())
    text = f"{_ATTESTATIONS_HEAD}\n{tables}\n{_not_applicable()}\n{_addressable()}\n{_LIMITATIONS}"
    plan = "\n".join(_plan(start))
    return {ATTESTATIONS: text, ACKNOWLEDGEMENTS: _ACKNOWLEDGEMENTS, PLAN: plan, USAGE: usage_text()}


def _plan(start: datetime.date) -> Iterator[str]:
    yield f"{_PLAN_HEAD}start = {start}"
    for phase in catalogue()["phases"]:
        yield f"\n# {phase['title']}"
        for step in catalogue()["steps"]:
            if step["phase"] == phase["id"]:
                yield f"\n# Week {step['week']}: {step['title']}."
                yield f'[{step["id"]}]\nowner = ""\ndue = {last_day(start, step["week"])}'
    yield ""


def _not_applicable() -> str:
    may = [one.id for one in controls().values() if one.may_not_apply]
    about = f"What does not apply to the organization, with why and who decided it. These may: {', '.join(may)}."
    return f"""{_comment(about)}
# [[not_applicable]]
# controls = ["164.308(a)(4)(ii)(A)"]
# reason = "No part of the organization is a clearinghouse."
# approved_by = ""
# date = 2026-11-22
# review_days = 365
"""


def _addressable() -> str:
    entries = [one.id for one in controls().values() if one.requirement == "addressable"]
    about = (
        "How addressable specifications are met (164.306(d)(3)): implemented; alternative, with what and why; or "
        f"not_reasonable, with why. Tables may share entries out: {', '.join(entries)}."
    )
    return f"""{_comment(about)}
# [[addressable]]
# controls = ["164.312(a)(2)(iv)", "164.312(e)(2)(ii)"]
# decision = "implemented"
# alternative = ""
# reason = ""
# approved_by = ""
# date = 2026-11-22
# review_days = 365
"""


def _comment(text: str) -> str:
    return textwrap.fill(text, 118, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _table(kind: Kind) -> str:
    cited = ", ".join(f"§{control}" for control in [*kind.controls, *kind.beyond])
    comment = _comment(f"{kind.title} ({cited}). {kind.hint}")
    lines = [comment, f"# [[{kind.id}]]" if kind.per_account else f"# [{kind.id}]"]
    if kind.per_account:
        lines.append('# account = "111122223333"  # leave out where one acceptance holds for all accounts')
        lines.append('# organization = "o-a1b2c3d4e5"  # due again once preflight finds the account in another')
    lines += ["# date = 2026-11-22", '# owner = ""', '# evidence = ""', f"# review_days = {kind.review_days}"]
    return "\n".join(lines) + "\n"

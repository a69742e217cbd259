"""The Security Rule as an OSCAL catalogue, so that ids and references of the other documents lead somewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trestle.oscal import OSCAL_VERSION
from trestle.oscal.catalog import Catalog

from hipaa_constructs.compliance.controls import Control, controls, read
from hipaa_constructs.evidence.html_words import SECTIONS
from hipaa_constructs.evidence.model import Evidence
from hipaa_constructs.evidence.oscal import SECURITY_RULE, checked, identify, objective, prop, token


def as_oscal_catalog(evidence: Evidence) -> str:
    """Return the catalogue; it depends on the regulation's day alone, not on what was found."""
    return checked(
        Catalog,
        {
            "uuid": identify("catalog", evidence.catalogue_date),
            "metadata": {
                "title": "HIPAA Security Rule: 45 CFR part 164, subpart C",
                "last-modified": f"{evidence.catalogue_date}T00:00:00+00:00",
                "version": evidence.catalogue_date,
                "oscal-version": OSCAL_VERSION,
                "remarks": "Ids and titles are the regulation's; what is said of them is in this project's words.",
                "links": [{"href": SECURITY_RULE, "rel": "reference"}],
            },
            "groups": [
                {
                    "id": token(section),
                    "title": title,
                    "props": [prop("label", f"§{section}", own=False)],
                    "controls": _controls(
                        [one for one in controls().values() if one.id.startswith(f"{section}(") and not one.standard]
                    ),
                }
                for section, title in SECTIONS.items()
            ],
        },
    )


def _controls(entries: Sequence[Control]) -> Sequence[Mapping[str, Any]]:
    return [_control(one) for one in entries]


def _control(one: Control) -> Mapping[str, Any]:
    duties: Mapping[str, str] = read("people.json")["duties"]
    control = {
        "id": token(one.id),
        "title": one.title,
        "props": [
            prop("label", f"§{one.id}", own=False),
            prop("kind", one.kind),
            prop("requirement", one.requirement or one.kind),
            prop("infrastructure", one.infrastructure),
            prop("live-account", one.live),
            prop("people", one.people),
        ],
        "parts": [
            {
                "id": objective(one.id),
                "name": "assessment-objective",
                "prose": f"{one.title} is met: every column that decides holds. People: {duties[one.id]}",
            }
        ],
    }
    below = _controls([entry for entry in controls().values() if entry.standard == one.id])
    return {**control, "controls": below} if below else control

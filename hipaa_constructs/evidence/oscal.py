"""What both OSCAL documents share: ids that stay the same from run to run, metadata, and checked JSON."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from trestle.core.base_model import OscalBaseModel
from trestle.oscal import OSCAL_VERSION

from hipaa_constructs.compliance.output import printable
from hipaa_constructs.evidence.labels import moment_of
from hipaa_constructs.evidence.made import judged_by
from hipaa_constructs.evidence.model import DISCLAIMER, Evidence

M = TypeVar("M", bound=OscalBaseModel)

# The documents name each other by these.
CATALOG = "oscal-catalog.json"
PLAN = "oscal-assessment-plan.json"
COMPONENT = "oscal-component-definition.json"
SECURITY_RULE = "https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164/subpart-C"
# Properties that OSCAL does not define are named within a space of our own.
_SPACE = "urn:hipaa-constructs:oscal"
_ROOT = uuid.uuid5(uuid.NAMESPACE_URL, _SPACE)


def identify(*parts: str) -> str:
    """Return the UUID of a thing, always the same for the same thing."""
    return str(uuid.uuid5(_ROOT, "\0".join(parts).encode("utf-8", "backslashreplace").decode()))


def moment(day: datetime.date) -> str:
    """Return the start of a day."""
    return f"{day.isoformat()}T00:00:00+00:00"


def token(citation: str) -> str:
    """Return a citation as the token that OSCAL wants of an id: ``164.312(a)(1)`` is ``hipaa-164.312.a.1``."""
    return "hipaa-" + re.sub(r"[()]+", ".", citation).strip(".")


def objective(citation: str) -> str:
    """Return the id of what an assessment of an entry asks."""
    return f"{token(citation)}_obj"


def line(text: str) -> str:
    """Return text on one line, never empty, since OSCAL's titles and values are so."""
    return printable(" ".join(text.split())) or "none"


def prop(name: str, value: object, *, own: bool = True) -> Mapping[str, str]:
    """Return a property."""
    return {"name": name, **({"ns": _SPACE} if own else {}), "value": line(str(value))}


def metadata(evidence: Evidence, title: str) -> Mapping[str, Any]:
    """Return the metadata of a document."""
    return {
        "title": title,
        "last-modified": moment_of(evidence.made).replace("Z", "+00:00"),
        "version": evidence.today.isoformat(),
        "oscal-version": OSCAL_VERSION,
        "props": [
            *([prop("report-only", "true")] if evidence.report_only else []),
            prop("aws-cdk-lib", evidence.versions.aws_cdk_lib),
            prop("cdk-nag", evidence.versions.cdk_nag),
            prop("hipaa-constructs", evidence.versions.hipaa_constructs),
            prop("judged-by-day", evidence.today),
            *(prop(name, value) for name, value in _made(evidence) if value),
            *(prop("template-sha256", f"{one.sha256} {one.name}") for one in evidence.templates),
        ],
        "remarks": " ".join([DISCLAIMER, *evidence.notes]),
    }


def _made(evidence: Evidence) -> Sequence[tuple[str, str]]:
    made = evidence.made
    late = "yes" if judged_by(evidence.today, made) else ""
    return [
        ("judged-by-another-day", late),
        ("made-by", made.by),
        ("ci-run", made.run),
        ("commit", made.commit),
        ("uncommitted-changes", "yes" if made.dirty else ""),
    ]


def checked(kind: type[M], document: Mapping[str, Any]) -> str:
    """Return a document as JSON, after OSCAL's own model has accepted it."""
    return kind.model_validate(document).oscal_serialize_json(pretty=True) + "\n"

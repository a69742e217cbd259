"""The configuration of AWS's detection services, and which of them exist already."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hipaa_constructs.landing_zone.sections import Section

_Choice = Literal["create", "existing"]
_DetectorId = Annotated[str, Field(pattern=r"^[a-f0-9]{32}$")]


class DetectionConfig(Section):
    """AWS's detection services, and AWS Config: each exists once in an account and Region.

    What is ``existing`` is not made, and all that surrounds it is: alerts, buckets, rules and repairs.
    """

    by_organization: bool = Field(
        False,
        description="Whether an organization's administrator runs GuardDuty, Security Hub, Macie and Access Analyzer "
        "here, and tells people of what they find; the landing zone then makes neither them nor alerts of theirs.",
    )
    services: _Choice = Field(
        "create", description="Whether the services below are made or exist already, each unless it says otherwise."
    )
    guard_duty: _Choice | None = Field(None, description="GuardDuty's detectors in both Regions; none: as services.")
    recovery_guard_duty: _Choice | None = Field(
        None, description="GuardDuty's detector in the recovery Region alone; none: as guard_duty."
    )
    detector_id: _DetectorId | None = Field(
        None,
        description="The existing detector of the primary Region, whose findings are to be kept in a bucket of the "
        "landing zone; none: they are kept already.",
    )
    recovery_detector_id: _DetectorId | None = Field(None, description="The same in the recovery Region.")
    security_hub: _Choice | None = Field(None, description="Security Hub, with its standards; none: as services.")
    macie: _Choice | None = Field(None, description="Macie, with automated discovery; none: as services.")
    access_analyzer: _Choice | None = Field(None, description="Both analyzers of the account; none: as services.")
    unused_access_analyzer: _Choice | None = Field(
        None, description="The analyzer of unused access alone; none: as access_analyzer."
    )
    inspector: _Choice | None = Field(None, description="Inspector; none: as services.")
    config: _Choice | None = Field(
        None, description="AWS Config's recorder, with its delivery channel; none: as services."
    )

    def exists(self, service: str) -> bool:
        """Whether the service of that key exists already, by its own word or that of a key above it."""
        choice: _Choice | None = getattr(self, service)
        if choice is None and service != "services":
            return self.exists(ABOVE.get(service, "services"))
        return choice == "existing"

    def keeps_findings(self, detector: str) -> bool:
        """Whether findings of ``guard_duty`` or ``recovery_guard_duty`` are kept in a bucket of the landing zone."""
        ids = {"guard_duty": self.detector_id, "recovery_guard_duty": self.recovery_detector_id}
        return not self.exists(detector) or ids[detector] is not None

    @model_validator(mode="after")
    def _one_word_each(self) -> DetectionConfig:
        if self.by_organization:
            for key in _IN_DETECTION_STACKS:
                if getattr(self, key) is not None:
                    raise ValueError(
                        f"detection.{key} is given, but detection.by_organization leaves that service to the "
                        "organization's administrator; leave out one of the two"
                    )
        for key, service in (("detector_id", "guard_duty"), ("recovery_detector_id", "recovery_guard_duty")):
            if getattr(self, key) is not None and not self.exists(service):
                raise ValueError(
                    f"detection.{key} is given, but the landing zone makes that detector; leave it out, or set "
                    f"detection.{service} to existing"
                )
        return self


# The services, and what says of a part of one whether it exists, if that does not say so itself.
SERVICES = ("guard_duty", "security_hub", "macie", "access_analyzer", "inspector", "config")
ABOVE = {"recovery_guard_duty": "guard_duty", "unused_access_analyzer": "access_analyzer"}
_IN_DETECTION_STACKS = (
    "guard_duty",
    "recovery_guard_duty",
    "detector_id",
    "recovery_detector_id",
    "security_hub",
    "macie",
    "access_analyzer",
    "unused_access_analyzer",
)

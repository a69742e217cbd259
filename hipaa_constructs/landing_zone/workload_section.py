"""The configuration of an account of an organization that runs something."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.landing_zone.sections import EdgeConfig, NetworkConfig, Section

Account = Annotated[str, Field(pattern=r"^\d{12}$")]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]


class WorkloadConfig(Section):
    """An account that runs something, in two Regions: the landing zone, less what the organization does."""

    name: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9]{0,16}$",
        description="The account's name, of up to 17 letters and digits; it is part of its stacks' names.",
    )
    account: Account = Field(description="The AWS account, as text of twelve digits.")
    regions: tuple[Region, ...] = Field(
        (),
        strict=False,
        max_length=2,
        description="Two Regions of the organization: where the workload runs, and where copies of its backups and "
        "buckets go; none: the home Region and the first further one.",
    )
    classification: DataClassification = Field(
        DataClassification.PHI,
        strict=False,
        description="What data the account holds: PHI, PII or NO_PHI; less than PHI needs reason and approved_by.",
    )
    reason: str | None = Field(None, min_length=1, description="The fact by which the account holds less than PHI.")
    approved_by: str | None = Field(
        None, min_length=1, description="The person or role that answers for a classification below PHI."
    )
    environment: str = Field(
        "production",
        pattern=r"^[a-z][a-z0-9-]{0,31}$",
        description="Such as production or staging: what is deployed together, and is built by '-c only='.",
    )
    network: NetworkConfig | None = Field(None, description="This account's network; none: as network says for all.")
    transit: bool = Field(
        False, description="Whether its network attaches to the transit gateway of the Region where it runs."
    )
    inspected_egress: bool = Field(
        False,
        description="Whether its private subnets reach the internet by the transit gateway, past the firewall of "
        "organization.network.inspection there, over HTTPS alone; it then has no NAT gateways.",
    )
    shared_endpoints: bool = Field(
        False,
        description="Whether its network finds the endpoints of organization.network.endpoints where it runs, beside "
        "its own.",
    )
    edge: EdgeConfig | None = Field(None, description="A load balancer for the workload; none: there is no way in.")

    @model_validator(mode="after")
    def _classified(self) -> WorkloadConfig:
        unsaid = [key for key in ("reason", "approved_by") if getattr(self, key) is None]
        if self.classification is not DataClassification.PHI and unsaid:
            raise ValueError(
                f"the workload {self.name} is classified {self.classification.value}, but {' and '.join(unsaid)} "
                "is not given; say both, or leave the classification out for PHI"
            )
        if len(self.regions) == 1:
            raise ValueError(
                f"the workload {self.name} names one Region, {self.regions[0]}; name a second, where copies of its "
                "backups and buckets go"
            )
        return self

"""What every account has from the day it joins; imports no aws_cdk."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hipaa_constructs.landing_zone.sections import Section

_Unit = Annotated[str, Field(pattern=r"^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$")]
_Account = Annotated[str, Field(pattern=r"^\d{12}$")]


class BaselineConfig(Section):
    """The stack set of what accounts have that are no workloads, and the same for the management account."""

    organizational_units: tuple[_Unit, ...] = Field(
        strict=False,
        min_length=1,
        description="Units whose accounts get the baseline, with all below, also accounts that join later; name none "
        "that workloads are in, which have it from their own landing zone.",
    )
    excluded_accounts: tuple[_Account, ...] = Field(
        (),
        strict=False,
        description="Accounts in these units that get none, such as one that has a recorder of AWS Config; workloads "
        "are left out in any case.",
    )
    outbound_internet: bool = Field(
        False,
        description="Whether NAT gateways of these accounts reach the internet; what comes in from there is blocked "
        "in any case.",
    )
    hook: Literal["WARN", "FAIL"] = Field(
        "WARN", description="What an error in a template does there: WARN says it, FAIL refuses the deployment."
    )
    failure_tolerance_percentage: int = Field(
        10, ge=0, le=100, description="Of the accounts of a Region: when more fail, an update ends."
    )
    max_concurrent_percentage: int = Field(
        25, ge=1, le=100, description="Of the accounts of a Region: how many are updated at once."
    )

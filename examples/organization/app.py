"""An organization: a log archive, security and identity accounts, a landing zone for each workload, and guardrails.

``organization.yaml`` beside it says which account is what; ``cdk synth -c only=staging`` builds one environment's.
What nobody may do is a stack of the management account beside it.
"""

from pathlib import Path

import aws_cdk as cdk

from hipaa_constructs import Guardrails, enforce_hipaa
from hipaa_constructs.landing_zone import build, read_organization

CONFIG = read_organization(Path(__file__).with_name("organization.yaml"))
ORGANIZATION = CONFIG.organization

app = cdk.App()
build(app, CONFIG)

stack = cdk.Stack(
    app,
    "Organization",
    env=cdk.Environment(account=ORGANIZATION.accounts.management, region=ORGANIZATION.home_region),
)
Guardrails(
    stack,
    "Guardrails",
    organization_id=ORGANIZATION.id,
    target_ids=["ou-ab12-11111111"],
    regions=ORGANIZATION.all_regions,
)

enforce_hipaa(app)
app.synth()

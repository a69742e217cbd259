"""An organization: accounts that serve all others, and a landing zone for each workload.

``organization.yaml`` beside it says which account is what, and what nobody may do; ``cdk synth -c only=staging`` builds
one environment's.
"""

from pathlib import Path

import aws_cdk as cdk

from hipaa_constructs import enforce_hipaa
from hipaa_constructs.landing_zone import build, read_organization

app = cdk.App()
build(app, read_organization(Path(__file__).with_name("organization.yaml")))
enforce_hipaa(app)
app.synth()

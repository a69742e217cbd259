"""The reference landing zone; configuration is in cdk.json, under ``landing-zone``."""

import aws_cdk as cdk

from hipaa_constructs import enforce_hipaa
from hipaa_constructs.landing_zone import build, load_config

app = cdk.App()
build(app, load_config(app))
enforce_hipaa(app)
app.synth()

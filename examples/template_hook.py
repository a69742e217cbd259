"""The rules where CDK is not: a hook that judges every template in an account, and the same for a stack set.

Before the second is deployed, ``python -m hipaa_constructs.hook.package FOLDER`` writes the package, and a bucket in
each Region that the organization may read gets it. ``docs/hook.md`` goes through it.
"""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from hipaa_constructs import TemplateHook, enforce_hipaa

app = cdk.App()

# It tells first, and refuses once nobody is surprised any more: failure_mode="FAIL".
account = cdk.Stack(app, "Hook", env=cdk.Environment(account="111122223333", region="us-east-1"))
TemplateHook(account, "TemplateHook")

# A stack set brings its template to accounts that know no assets of this app.
everywhere = cdk.Stack(app, "HookOfStackSet", synthesizer=cdk.BootstraplessSynthesizer())
TemplateHook(
    everywhere,
    "TemplateHook",
    alias="Clinic::Hipaa::TemplateHook",
    failure_mode="FAIL",
    # The stack that holds the stack set, and bootstrap's: through them a hook that stands in the way is mended.
    excluded_stack_names=["HookStackSet", "CDKToolkit"],
    code_bucket=s3.Bucket.from_bucket_name(everywhere, "Code", cdk.Fn.sub("clinic-hooks-${AWS::Region}")),
)

enforce_hipaa(app)
app.synth()

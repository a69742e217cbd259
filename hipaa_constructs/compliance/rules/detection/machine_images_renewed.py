"""Machines start from an image that gets patches, not from one that the template fixes for good.

Containers run the image that was examined (ImagesPinned), which a build makes anew; a machine's image is the vendor's,
who mends it by publishing another under a new id (docs.aws.amazon.com/systems-manager/latest/userguide/
parameter-store-public-parameters-ami.html). A warning, since somebody may build images of his own and write in their
ids. Compliant: a public parameter of Systems Manager, which names the newest; a parameter of the template, which
whoever deploys it fills in. Non-compliant: an id such as ``ami-0abc…`` that stands in the template, also in a mapping
of Regions, in another branch, or as a parameter's default. Not applicable: no image is named. PlatformSupported judges
which system a public parameter names.
"""

from __future__ import annotations

import re

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.written import alternatives, places
from hipaa_constructs.compliance.facts.literal_secrets import shown
from hipaa_constructs.compliance.facts.machine_images import IMAGE_FIXES, IMAGES
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed

_ID = re.compile(r"ami-[0-9a-f]{8,17}")


def check(resource: Resource) -> Verdict:
    path = IMAGES[resource.type]
    named = list(places(resource.template, resource.raw.get("Properties"), path))
    written = [shown(one) for template, value in named for one in alternatives(template, value)]
    fixed = list(dict.fromkeys(text for text in written if _ID.fullmatch(text)))
    if not fixed:
        return PASSED if named else NOT_APPLICABLE
    of_several = f", one of {len(fixed)}" if len(fixed) > 1 else ""
    return failed(f"{path.rpartition('.')[2]} is {fixed[0]}{of_several}, which stays as it is and gets no patches.")


RULE = Rule(
    name="MachineImagesRenewed",
    severity="warning",
    resource_types=tuple(IMAGES),
    controls=("164.308(a)(1)(ii)(B)", "164.308(a)(5)(ii)(B)"),
    fix="Name the image by a public parameter of Systems Manager, or make the id a parameter that a build of images "
    "fills in, and start machines anew when it changes.",
    fixes=IMAGE_FIXES,
    check=check,
)

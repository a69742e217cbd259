"""Mending CloudFormation templates in their place: what is sure is set, and proven by judging them again."""

from hipaa_constructs.mending.draft import GIVEN
from hipaa_constructs.mending.mend import Left, Mending, mend, write

__all__ = ["GIVEN", "Left", "Mending", "mend", "write"]

"""The subcommands of ``hipaa-constructs``, one per module; each module has one ``command``."""

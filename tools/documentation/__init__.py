"""The documentation site: pages gathered and generated, handed to the site builder, and what it built, checked."""

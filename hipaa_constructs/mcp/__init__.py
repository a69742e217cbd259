"""The command line's questions as tools for agents, over the Model Context Protocol; it starts in ``server.py``."""

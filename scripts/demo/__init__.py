"""Plays a PACS against a node of its own and shows what comes back: `python -m scripts.demo [STUDY]`."""

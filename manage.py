#!/usr/bin/env python
"""The command line of the node: `manage.py help` lists the commands."""

import os
import sys

from django.core.management import execute_from_command_line

from config.env import SettingError


def main() -> None:
    """Run one command; a wrong setting ends it with its sentence instead of a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except SettingError as error:
        sys.exit(f"Wrong setting: {error}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python
"""Django's command line; without an environment it uses the local servers under `.local/`."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sspf.settings")
    from sspf import env

    env.choose_role(env.command())
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)

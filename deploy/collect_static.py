"""Gather the static files while the image is built: production settings, keys made here and forgotten."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sspf.checks import production_like

os.environ.update(production_like(), DJANGO_SETTINGS_MODULE="sspf.settings")

from django.core.management import execute_from_command_line

execute_from_command_line(["manage.py", "collectstatic", "--noinput", "--verbosity", "0"])

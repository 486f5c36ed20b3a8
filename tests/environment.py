"""Loaded by `-p` before Django reads its settings: tests are never the demo."""

import os

os.environ["SSPF_ENV"] = "test"

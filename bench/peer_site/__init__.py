"""The two packages that SSPF's evidence is compared with, each on a copy of the product's own database.

Runs in `.local/bench-venv` (requirements-bench.txt), never in the product's environment.
"""

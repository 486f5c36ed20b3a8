"""Where each role's crawl leaves its totals for `make crawl`."""

from sspf import local

TOLD = local.LOCAL / "crawl"

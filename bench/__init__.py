"""Benchmarks: `make bench` measures the goals of the product on this machine and writes docs/performance.md."""

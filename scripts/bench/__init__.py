"""Benchmarks: what the pipeline costs, and how fast the wheels are. Figures are printed, never asserted."""

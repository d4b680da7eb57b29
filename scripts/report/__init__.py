"""The report: one page about the wheelhouse, for people, out of its wheels, their records and what was measured."""

"""What continuous integration needs beyond the stages: the matrix, the collected set, summaries, and act on a laptop."""

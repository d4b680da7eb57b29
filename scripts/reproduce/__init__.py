"""A build again from its record: reading records, doing the stages again, comparing what came out."""

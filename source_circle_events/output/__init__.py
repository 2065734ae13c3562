"""What leaves: records, progress, and notices of what is not documented."""

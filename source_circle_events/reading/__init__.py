"""Reads streams in windows (time ranges of `created_at`), with parallel requests and checkpoints."""

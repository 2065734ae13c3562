"""Asking the service: one request in its turn, and what its answer is."""

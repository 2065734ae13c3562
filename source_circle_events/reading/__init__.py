"""Reads streams in windows of time: several requests at once, a checkpoint after every page."""

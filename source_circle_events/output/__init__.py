"""The output of a sync: messages with records and states, progress, and log lines."""

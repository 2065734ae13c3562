"""What leaves the connector: records, progress, and log lines about what is new in the records."""

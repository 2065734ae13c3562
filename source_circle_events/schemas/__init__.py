"""What a record looks like: documented schemas, what discover learns, and personal data."""

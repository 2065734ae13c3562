"""What happens to fields that identify a person."""

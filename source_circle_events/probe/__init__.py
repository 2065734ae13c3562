"""What the real service does where its documents leave two readings, told to whoever has an account."""

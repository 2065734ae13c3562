"""What a command is given in files."""

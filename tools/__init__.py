"""Commands of the repository, none of them in the wheel."""

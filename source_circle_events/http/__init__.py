"""HTTP: sends requests within the rate limit and turns the responses into pages."""

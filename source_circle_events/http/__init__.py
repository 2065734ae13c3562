"""HTTP: sends one request at a time within the rate limit, and turns its answer into a page."""

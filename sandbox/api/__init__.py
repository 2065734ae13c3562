"""What is said over HTTP: the endpoints, their paging, the side door."""

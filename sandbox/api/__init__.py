"""What is said over HTTP: the endpoints, their paging and limit, the side door."""

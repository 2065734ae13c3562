"""The HTTP side: the endpoints of the Data API, their paging, and the control endpoints."""

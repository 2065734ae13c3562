"""An Airbyte source for the Circle Data API."""

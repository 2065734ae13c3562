"""A first sync, new activity, a second sync: what the connector does, to be seen in a minute."""

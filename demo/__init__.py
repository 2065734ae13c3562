"""A first sync, new activity, a second sync: what the connector does, to be seen in a minute."""


class RefusedError(Exception):
    """There is no going on; the text is a sentence about why, and what to do."""

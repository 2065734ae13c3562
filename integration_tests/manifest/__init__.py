"""The manifest alone, on the pinned CDK: what `python -m trials.compatibility` asks of all of them."""

"""How fast the connector is, compared with what a user would pick instead.

Programs run in turns against the sandbox on the same machine, so that other load affects all of them.
Compare the ratios: seconds depend on the machine. A run counts only if it read every id exactly once.
"""

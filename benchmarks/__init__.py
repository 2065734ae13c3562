"""How fast the connector is, beside what a user would pick instead.

Every figure is a ratio of runs that took turns on one machine against the sandbox: seconds say more
about the machine than about the program. A run counts only if it brought exactly the sandbox's ids.
"""

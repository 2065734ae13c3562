"""The console script at its edges: pipes, locales, signals, usage."""

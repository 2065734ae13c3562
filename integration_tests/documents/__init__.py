"""The pages are right: code blocks run, links exist, tables match the code."""

"""What the pages say is true: code blocks run, links lead somewhere, tables match the code."""

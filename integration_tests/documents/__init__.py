"""What the pages say is true: commands run, links lead somewhere, tables are complete."""

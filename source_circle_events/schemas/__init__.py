"""Schemas of the records: documented fields, columns that discover adds, personal fields."""

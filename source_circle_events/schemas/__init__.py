"""What a record looks like: documented schemas, columns that discover adds, personal fields."""

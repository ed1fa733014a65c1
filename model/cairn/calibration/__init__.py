"""The model and the record: what its numbers were fitted to and how, what it was tested on, and against whom."""

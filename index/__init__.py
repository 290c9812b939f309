"""Documents → passages → searchable index."""

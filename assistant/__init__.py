"""A question → a cited answer, on the command line and on a page."""

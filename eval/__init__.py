"""Questions with known answers, and what the assistant makes of them."""

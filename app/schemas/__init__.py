"""What goes in and what comes out, as clients see it."""

"""What runs on the far side of a sandbox's start: programs of their own, made of the standard library alone."""

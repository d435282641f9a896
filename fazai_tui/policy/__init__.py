"""Grade shell commands by code, without running them."""

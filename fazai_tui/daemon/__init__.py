"""The worker: the engine and its sessions behind a Unix socket."""

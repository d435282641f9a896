"""The lock-out guard: the state before a step, and a process that outlives FazAI and puts it back unless confirmed."""

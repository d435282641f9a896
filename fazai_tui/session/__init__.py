"""The application: orders become plans, plans become approved commands, commands become observed effects."""

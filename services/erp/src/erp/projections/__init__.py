"""What this service remembers of what others have said. Each is rebuilt from its topic alone."""

"""What network plugins enforce."""

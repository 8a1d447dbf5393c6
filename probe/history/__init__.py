"""What outlives the process, in one SQLite file: finished runs, and the latch that shuts a live-mode path."""

"""What outlives the process, in one SQLite file: finished runs, rotations, the last known certificates, and the latch that shuts a live-mode path."""

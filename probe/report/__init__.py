"""Pure renderings of finished runs: for people, for programs, and for the tools that call us."""

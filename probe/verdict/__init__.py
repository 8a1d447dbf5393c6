"""Judgement of a scenario over a window of time: pure functions on what became of its runs."""

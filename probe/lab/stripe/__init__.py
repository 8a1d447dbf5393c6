"""A Stripe test-mode simulator: what card scenarios touch, answered as Stripe answers it, state in memory.

Written from Stripe's documentation and its published fixtures, independently of the SDK; nothing here was checked against
Stripe itself. What it does not simulate it refuses with a 400 that says so, rather than to pretend.
"""

"""The seam to Stripe: the real SDK over a connection of our own, and a fake that ships beside it.

`import stripe` costs some 50 ms and 8 MB, so only `probe.billing.sdk` and the functions that need it import it, when they are called.
"""

"""The embedded payment path: a CA, an mTLS connector with faithful alerts, and a Stripe test-mode simulator."""

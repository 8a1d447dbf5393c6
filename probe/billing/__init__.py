"""The seam to Stripe: the real SDK over a connection of our own, and a fake that ships beside it.

`import stripe` costs some 50 ms and 8 MB, so only `probe.billing.sdk` and the functions that need it import it, when they are called.
"""

import os
from typing import Final

LOGGED: Final = os.environ.pop("STRIPE_LOG", None)
"""The SDK reads this variable when it is imported, and would print every body on stderr: it finds none, whoever imports it first."""

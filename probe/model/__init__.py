"""The words of the project as frozen types: standard library only, no I/O.

Import from the submodules (`from probe.model.failure import Failure`); this file stays empty so that
no import of one word drags in all of them.
"""

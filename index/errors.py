"""The one error that a user can mend."""


class PolicyError(Exception):
    """A failure whose message says in one sentence what happened and what to do."""

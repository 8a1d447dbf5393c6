"""An action with its templates filled in."""

import dataclasses
from collections.abc import Mapping

from probe.checks.templates import TemplateError, expand
from probe.model.scenario import (
    Action,
    CertificatesAction,
    ForgeryAction,
    HandshakeAction,
    HttpAction,
    StripeAction,
    WaitAction,
    WebhookAction,
)


def expanded(action: Action, scope: Mapping[str, object]) -> Action:
    """With what `scope` has in their places. Raises TemplateError."""
    match action:
        case StripeAction():
            parameters = expand(action.parameters, scope)
            return dataclasses.replace(action, parameters=parameters)
        case HttpAction():
            return dataclasses.replace(
                action,
                path=_text(action.path, scope),
                headers={name: _text(value, scope) for name, value in action.headers.items()},
                body=None if action.body is None else _text(action.body, scope),
            )
        case WebhookAction():
            return dataclasses.replace(action, object_id=_text(action.object_id, scope))
        case HandshakeAction() | CertificatesAction() | WaitAction() | ForgeryAction():
            return action


def _text(text: str, scope: Mapping[str, object]) -> str:
    """A template alone takes the type of what it names; here text is needed. Raises TemplateError."""
    value = expand(text, scope)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise TemplateError(f"`{text}` is no text, so it cannot be sent where text is needed", name=text)

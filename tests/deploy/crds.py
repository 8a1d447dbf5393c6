"""What the kinds of `deploy/` may hold, closed: an unknown key is a mistake, which the API server would only drop in silence.

Written from the custom resource definitions (cert-manager.io/v1 as of 1.18, certmanager.step.sm/v1beta1), for the keys that our manifests have reason to use.
"""

from collections.abc import Mapping
from typing import Final

Schema = Mapping[str, object]

_TEXT: Final = {"type": "string", "minLength": 1}
_TEXTS: Final = {"type": "array", "items": _TEXT, "minItems": 1}
_NAME: Final = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", "maxLength": 253}
_DURATION: Final = {"type": "string", "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$", "minLength": 2}
_LABELS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
_USAGES: Final = (
    *("signing", "digital signature", "content commitment", "key encipherment", "key agreement", "data encipherment"),
    *("cert sign", "crl sign", "encipher only", "decipher only", "any", "server auth", "client auth", "code signing"),
    *("email protection", "s/mime", "ipsec end system", "ipsec tunnel", "ipsec user", "timestamping", "ocsp signing"),
)


def _closed(required: Mapping[str, object], optional: Mapping[str, object] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _kind(version: str, kind: str, **parts: Schema) -> Schema:
    metadata = _closed({"name": _NAME, "namespace": _NAME}, {"labels": _LABELS, "annotations": _LABELS})
    return _closed({"apiVersion": {"const": version}, "kind": {"const": kind}, "metadata": metadata, **parts})


_KEY_OF_SECRET: Final = _closed({"name": _NAME, "key": _TEXT})
_CERTIFICATE: Final = _closed(
    {
        "secretName": _NAME,
        "issuerRef": _closed({"name": _NAME, "kind": _TEXT, "group": _TEXT}),
        "usages": {"type": "array", "items": {"enum": list(_USAGES)}, "minItems": 1, "uniqueItems": True},
        "duration": _DURATION,
        "renewBefore": _DURATION,
        "privateKey": _closed(
            {"algorithm": {"enum": ["RSA", "ECDSA", "Ed25519"]}, "rotationPolicy": {"enum": ["Always", "Never"]}},
            {"size": {"enum": [256, 384, 521, 2048, 4096, 8192]}, "encoding": {"enum": ["PKCS1", "PKCS8"]}},
        ),
    },
    {
        "commonName": {"type": "string", "maxLength": 64},
        "dnsNames": _TEXTS,
        "ipAddresses": _TEXTS,
        "uris": _TEXTS,
        "isCA": {"type": "boolean"},
        "revisionHistoryLimit": {"type": "integer", "minimum": 1},
        "secretTemplate": _closed({}, {"labels": _LABELS, "annotations": _LABELS}),
    },
)
_VAULT: Final = _closed(
    {
        "server": {"type": "string", "pattern": "^https://"},
        "path": {"type": "string", "pattern": "^[a-z0-9_-]+/sign/[a-z0-9_-]+$"},
        "auth": _closed(
            {
                "kubernetes": _closed(
                    {"role": _TEXT, "serviceAccountRef": _closed({"name": _NAME})},
                    {"mountPath": {"type": "string", "pattern": "^/v1/auth/"}},
                )
            }
        ),
    },
    {"caBundleSecretRef": _KEY_OF_SECRET},
)
_ISSUER: Final = {
    "oneOf": [
        _closed({"selfSigned": _closed({})}),
        _closed({"ca": _closed({"secretName": _NAME})}),
        _closed({"vault": _VAULT}),
    ]
}
_STEP: Final = _closed(
    {
        "url": {"type": "string", "pattern": "^https://"},
        "provisioner": _closed({"name": _TEXT, "kid": _TEXT, "passwordRef": _KEY_OF_SECRET}),
    },
    {"caBundle": _TEXT},
)
_RULE: Final = _closed(
    {"apiGroups": {"type": "array", "items": {"type": "string"}}, "resources": _TEXTS, "verbs": _TEXTS},
    {"resourceNames": _TEXTS},
)
_RBAC: Final = "rbac.authorization.k8s.io"
_ROLE_REF: Final = _closed({"apiGroup": {"const": _RBAC}, "kind": {"const": "Role"}, "name": _NAME})
_SUBJECT: Final = _closed({"kind": {"const": "ServiceAccount"}, "name": _NAME, "namespace": _NAME})

KINDS: Final[Mapping[str, Schema]] = {
    "Certificate": _kind("cert-manager.io/v1", "Certificate", spec=_CERTIFICATE),
    "Issuer": _kind("cert-manager.io/v1", "Issuer", spec=_ISSUER),
    "StepIssuer": _kind("certmanager.step.sm/v1beta1", "StepIssuer", spec=_STEP),
    "ServiceAccount": _kind("v1", "ServiceAccount"),
    "Role": _kind(f"{_RBAC}/v1", "Role", rules={"type": "array", "items": _RULE, "minItems": 1}),
    "RoleBinding": _kind(
        f"{_RBAC}/v1", "RoleBinding", roleRef=_ROLE_REF, subjects={"type": "array", "items": _SUBJECT, "minItems": 1}
    ),
}

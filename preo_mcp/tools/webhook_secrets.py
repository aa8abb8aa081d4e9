"""An endpoint whose secret was made now: the secret goes to a file, or stays in Preo, and is never in a result."""

from preo_mcp.models.webhooks import ShownWebhook, Webhook
from preo_mcp.secret_files import SecretFile

NOT_SHOWN = (
    "The secret is not shown here: the user opens the webhook in Preo, or runs rotate_webhook_secret with secret_file."
)


class IssuedSecret(ShownWebhook):
    """An endpoint whose secret was made now, and where to find it; the secret itself stays out of the result."""

    secret_file: str | None = None
    next_step: str | None = None


def issued(webhook: Webhook, file: SecretFile | None) -> IssuedSecret:
    """Return an endpoint with its new secret in a file, where one was asked for.

    Raises:
        PreoError: the file cannot be written; the secret was issued all the same.
    """
    if file is None or webhook.secret is None:
        return without_secret(webhook, NOT_SHOWN)
    file.keep(webhook.secret)
    return _shown(webhook).model_copy(update={"secret_file": str(file.path)})


def without_secret(webhook: Webhook, next_step: str) -> IssuedSecret:
    """Return an endpoint whose secret went nowhere, and how to come by it."""
    return _shown(webhook).model_copy(update={"next_step": next_step})


def _shown(webhook: Webhook) -> IssuedSecret:
    return IssuedSecret.model_validate(webhook.model_dump())

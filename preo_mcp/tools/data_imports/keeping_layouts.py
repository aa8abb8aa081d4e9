"""A settled layout kept once its import is completed, whoever sees that first, also after a restart."""

import logging
from dataclasses import replace

from anyio import to_thread

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.data_imports import DataImport, Stage
from preo_mcp.calls.preo import Preo
from preo_mcp.files.exports.remembering import Memory
from preo_mcp.files.kept_layouts import KeptLayout, KeptLayouts, Layout
from preo_mcp.tools.data_imports.announced import announcements_of
from preo_mcp.tools.data_imports.facts import all_product_mappings

logger = logging.getLogger(__name__)


async def keep_layout(preo: Preo, found: DataImport) -> None:
    """Keep the layout of an import that is completed, once; one that cannot be kept is no reason to fail."""
    settings = preo.settings
    if found.stage is not Stage.COMPLETED or settings.forget_layouts or settings.read_only:
        return
    try:
        announcements = announcements_of(preo.backend)
        announced = await announcements.get(found.id)
        if announced is None or announced.layout is None:
            return
        await preo.identify()
        layout = replace(announced.layout, memory=await _as_mapped(preo, found.id, announced.layout.memory))
        kept = _kept(preo, layout)
        await to_thread.run_sync(KeptLayouts(settings.state_folder).put, kept)
        await announcements.put(found.id, replace(announced, layout=None))  # once: what a person deletes stays away
    except (OSError, ValueError, PreoError) as exc:
        logger.warning("the layout of import %s was not kept: %s", found.id, type(exc).__name__)


def _kept(preo: Preo, layout: Layout) -> KeptLayout:
    guardrails = preo.backend.guardrails
    what = {"organization": layout.organization or layout.edition_id, "layout": list(layout.memory.key)}
    digest = guardrails.call_digest("layout", what, guardrails.account)[:12]
    now = guardrails.timing.now()
    return KeptLayout(f"lay_{digest}", now, guardrails.account, preo.settings.sandbox, layout)


async def _as_mapped(preo: Preo, import_id: str, memory: Memory) -> Memory:
    """Return the memory with what Preo has its products stand for, however they came to be mapped."""
    known = {one.id: (one.id_code, one.id_name) for one in memory.products}
    meant = dict[str, tuple[str, str, str] | None]()
    for one in await all_product_mappings(preo, import_id):
        texts = [text.casefold() for text in (one.product_sku, one.product_name) if text]
        if one.product is None:
            meant |= dict.fromkeys(texts)
            continue
        target = one.variant or one.product
        name = f"{one.product.name} {one.variant.name}" if one.variant else one.product.name or ""
        code, named = known.get(target.api_id, ("", name))
        meant |= dict.fromkeys(texts, (target.api_id, code, named))
    return memory.standing_for(meant)

"""Understanding a shop's export: what it says is what comes in, or the difference is told before anybody says yes.

    understanding = understand(path, Edition("EUR", "+49"), workdir=folder)
    settlement = understanding.settle(["states: leave_out", "people: buyer"])
    settlement.open              # what still has to be settled; nothing is written before
    settlement.reconciliation    # from the file's own totals to what will be written, in integers
    settlement.announced         # orders, pieces, sums
    written = settlement.write(path)  # the plain table in Preo's own column types; written.figures == announced

*Understood*: one pass over the whole file finds its columns, states, currencies, people and which amount is what, and
sums every row up in a small cube of classes. *Settled*: decisions are arithmetic on that cube, so every option is told
with what it would write. *Transformed*: one more pass writes the plain table from the same shapes of orders.

The way through the modules: `source` (sheet, `layouts`, rows of an order together) · `profile`, `finding_roles` (what
the columns mean) · `order_reader`, `shapes`, `refunds` (what an order's rows come to) · `study` (the pass, with
`readings` and `marks` of amounts) · `account` (what comes in under a settlement) · `reading_rules`, `row_rules`
(decisions) · `plain_table` (what is written) · `rows_back` (the file's rows that stayed out) · `understanding` (all of
it together).

Everything is local and streaming: nothing here knows MCP, HTTP or Preo's API, and a million rows fit into a few
megabytes. All results are dataclasses of plain values.
"""

from preo_mcp.files.exports.account import Figures, Step
from preo_mcp.files.exports.decisions import Decision, Option, Status
from preo_mcp.files.exports.known import SKIP, Edition, Probed, Product, Samples, Variant
from preo_mcp.files.exports.phones import PhoneCount
from preo_mcp.files.exports.plain_table import PlainColumn, Written
from preo_mcp.files.exports.rows_back import Fates, Missing, RowProblem, RowsBack
from preo_mcp.files.exports.understanding import ColumnUse, FileProduct, Settlement, Understanding, understand

__all__ = [
    "SKIP",
    "ColumnUse",
    "Decision",
    "Edition",
    "Fates",
    "Figures",
    "FileProduct",
    "Missing",
    "Option",
    "PhoneCount",
    "PlainColumn",
    "Probed",
    "Product",
    "RowProblem",
    "RowsBack",
    "Samples",
    "Settlement",
    "Status",
    "Step",
    "Understanding",
    "Variant",
    "Written",
    "understand",
]

"""Workbooks: checked and converted to CSV in a process of their own, so that a hostile file takes nothing down.

What a sheet shows and what a table needs differ; these are the decisions:

- The first visible sheet with more than one row is read; hidden sheets only when they are named.
- Hidden rows and columns are read: a filter that was left on must not lose orders.
- The value of cells merged downwards stands in each of their rows; cells merged sideways are titles.
- Formulas count as the value that was last computed; errors such as ``#N/A`` as empty cells.
- Numbers come in plain digits, with leading zeros where the cell's format is only zeros; dates as ISO 8601.
- Line numbers are the rows of the sheet.
"""

"""How large a table may be; every bound of the reader stands here."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file. All of them hold before memory is taken, not after.

    A cell is bounded by the ``csv`` module's own limit (131,072 characters, four times Excel's), which is
    process-wide and therefore not changed here, and by ``record_bytes``.

    Attributes:
        file_bytes: Size of the file as it lies on disk.
        rows: Lines of a text file or rows of a sheet, title and blank ones included.
        columns: Columns of the table.
        record_bytes: One row, quoted line breaks included.
        sheet_cells: Cells in the rectangle around everything on a sheet, empty ones included.
        unpacked_bytes: All parts of a workbook together, unpacked.
        shared_text_bytes: Text of a sheet's cells once every repeated text is written out.
        child_memory_bytes: Address space of the process that reads a workbook (POSIX only).
        child_seconds: Time for reading a workbook.
    """

    file_bytes: int = 1024 * MIB
    rows: int = 5_000_000
    columns: int = 2_000
    record_bytes: int = MIB
    sheet_cells: int = 28_000_000
    unpacked_bytes: int = 1024 * MIB
    shared_text_bytes: int = 512 * MIB
    child_memory_bytes: int = 4096 * MIB
    child_seconds: float = 120.0


DEFAULT_LIMITS = Limits()

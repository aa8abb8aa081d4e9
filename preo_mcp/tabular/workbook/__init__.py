"""Workbooks: checked and converted to CSV in a process of their own, so that a hostile file takes nothing down."""

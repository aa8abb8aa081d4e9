"""Conditions of segments in CEL (Common Expression Language): what they can name, checking, evaluating.

The engine and protobuf are imported when a condition is first compiled or a message first built.
"""

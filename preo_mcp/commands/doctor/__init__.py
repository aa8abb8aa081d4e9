"""The contract check: settings and connection, a real OpenAPI document, and real answers, against what is assumed."""

"""The embedded Preo: a stateful implementation of Preo's HTTP API to try everything on before it touches an account."""

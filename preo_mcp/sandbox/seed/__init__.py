"""The sandbox's first data: two invented organizers with editions, products, customers and orders."""

from preo_mcp.sandbox.seed.fill import seed, seeded_store
from preo_mcp.sandbox.seed.organizations import ADMIN_TOKEN, MANAGER_TOKEN, STAFF_TOKEN

__all__ = ["ADMIN_TOKEN", "MANAGER_TOKEN", "STAFF_TOKEN", "seed", "seeded_store"]

"""Plans: each approval of a person is one plan, and a plan is used once."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Plans:
    """The plans that were used in this process."""

    used: set[str] = field(default_factory=set[str])

    def claim(self, plan: str) -> bool:
        """Use a plan; False where it was used before."""
        fresh = plan not in self.used
        self.used.add(plan)
        return fresh

"""The invariant of docs/architecture.md, judged by the far side's own count."""

from collections import Counter

from tests.process.installation import Installation

#: states in which the far side may hold nothing of a delivery
MAY_BE_MISSING = frozenset({"uncertain", "rejected", "exhausted", "expired", "cancelled"})


def hold(made: Installation, *, most_uncertain: int) -> dict[str, int]:
    """
    No SMS more than once; exactly once unless it stands as one of the five; every uncertain
    was begun and not answered; what was never begun is not out. Gives the figures.
    """
    far = Counter(row["key"] for row in made.taken("sms"))
    deliveries = {d.id: d for d in made.deliveries("sms")}
    begun = Counter(a.delivery_id for a in made.attempts())
    unanswered = {a.delivery_id for a in made.attempts()
                  if a.ended_at is None or a.outcome == "uncertain"}
    uncertain = [d for d in deliveries.values() if d.state == "uncertain"]

    doubled = {key: count for key, count in far.items() if count > 1}
    assert not doubled, f"sent more than once: {doubled}"
    assert not far.keys() - begun.keys(), "on the wire before it was written down"
    missing = [d.id for d in deliveries.values() if d.state not in MAY_BE_MISSING and not far[d.id]]
    assert not missing, f"neither sent nor accounted for: {missing}"
    assert not [d.id for d in uncertain if d.id not in unanswered], "uncertain though answered"
    assert len(uncertain) <= most_uncertain

    posts = Counter((row["target"], row["text"]) for row in made.taken("facebook"))
    articles = Counter(row["key"] for row in made.taken("wordpress"))
    assert max((*posts.values(), *articles.values()), default=0) <= 1
    return {"deliveries": len(deliveries), "taken": far.total(), "uncertain": len(uncertain),
            "uncertain_taken": sum(far[d.id] for d in uncertain)}

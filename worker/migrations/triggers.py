"""
Guarantees that a constraint cannot say, as triggers on both databases:

- `event` and `audit` are append-only: no history is rewritten;
- `installation.training` never changes: training cannot become the real thing;
- `item.state` becomes 'approved' only with the approvals it needs.
"""

_APPEND_ONLY = ("event", "audit")

_ENOUGH = """
(SELECT count(*) FROM approval a WHERE a.item_id = NEW.id AND a.version = NEW.version)
  < NEW.needs_approvals
AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.item_id = NEW.id AND a.version = NEW.version
  AND a.alone)
"""


def sqlite() -> list[str]:
    """CREATE TRIGGER statements for SQLite."""
    statements = [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in _APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    ]
    statements.append(
        "CREATE TRIGGER installation_training BEFORE UPDATE OF training ON installation "
        "WHEN NEW.training IS NOT OLD.training "
        "BEGIN SELECT RAISE(ABORT, 'training never changes'); END"
    )
    for verb in ("INSERT", "UPDATE"):
        statements.append(
            f"CREATE TRIGGER item_approved_{verb.lower()} BEFORE {verb} ON item "
            f"WHEN NEW.state = 'approved' AND {_ENOUGH} "
            "BEGIN SELECT RAISE(ABORT, 'item lacks approvals'); END"
        )
    return statements


def postgresql() -> list[str]:
    """Functions and triggers for PostgreSQL."""
    statements = [
        "CREATE FUNCTION giovang_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        "CREATE FUNCTION giovang_training() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF NEW.training <> OLD.training THEN "
        "RAISE EXCEPTION 'training never changes'; END IF; RETURN NEW; END $$",
        "CREATE FUNCTION giovang_item_approved() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NEW.state = 'approved' AND {_ENOUGH} THEN "
        "RAISE EXCEPTION 'item lacks approvals'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER installation_training BEFORE UPDATE ON installation "
        "FOR EACH ROW EXECUTE FUNCTION giovang_training()",
        "CREATE TRIGGER item_approved BEFORE INSERT OR UPDATE ON item "
        "FOR EACH ROW EXECUTE FUNCTION giovang_item_approved()",
    ]
    statements += [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION giovang_append_only()"
        for table in _APPEND_ONLY
    ]
    return statements

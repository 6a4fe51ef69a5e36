"""people's decisions, and how each role was decided"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEVER_CHANGED = """CREATE TRIGGER edits_au BEFORE UPDATE ON edits BEGIN
    SELECT RAISE(ABORT, 'edits are added, never changed');
END"""  # SQLite only


def upgrade() -> None:
    op.create_table(
        "edits",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.JSON(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("heard", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_edits")),
    )
    # Not in a batch: that would copy the table, and lose the triggers that keep its full-text index.
    op.add_column("utterances", sa.Column("role_reason", sa.String(), nullable=False, server_default=""))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(NEVER_CHANGED)


def downgrade() -> None:
    op.drop_column("utterances", "role_reason")
    op.drop_table("edits")

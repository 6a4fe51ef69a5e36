"""what followed objections, how well praise is quoted, customers' phrases"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outcomes",
        sa.Column("objection_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("utterance_id", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["signals.id"], name=op.f("fk_outcomes_objection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("objection_id", name=op.f("pk_outcomes")),
    )
    op.create_table(
        "quotability",
        sa.Column("praise_id", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["praise_id"], ["signals.id"], name=op.f("fk_quotability_praise_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("praise_id", name=op.f("pk_quotability")),
    )
    op.create_table(
        "phrases",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("n_conversations", sa.Integer(), nullable=False),
        sa.Column("n_all", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "label", "text", name=op.f("pk_phrases")),
    )


def downgrade() -> None:
    op.drop_table("phrases")
    op.drop_table("quotability")
    op.drop_table("outcomes")

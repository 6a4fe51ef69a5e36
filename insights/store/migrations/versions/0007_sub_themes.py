"""sub-themes, other wordings and cohesion of themes"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("themes", sa.Column("cohesion", sa.Float()))
    for name in ("variants", "sub_themes"):
        op.add_column("themes", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for name in ("cohesion", "variants", "sub_themes"):
        op.drop_column("themes", name)

"""themes that people renamed or pinned"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("renamed", "pinned"):
        op.add_column("themes", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for name in ("renamed", "pinned"):
        op.drop_column("themes", name)

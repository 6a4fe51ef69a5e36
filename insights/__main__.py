"""`python -m insights` is the command line."""

from insights.cli import app

if __name__ == "__main__":
    app(prog_name="insights")

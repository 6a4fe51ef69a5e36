"""What comes back again and again, and what people decide of it: merge, split, rename, pin, move, dismiss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from insights.cli.shell import ConfigOption, LaterOption, StoreOption, out, plain, reported, settings_of, take_in
from insights.errors import UsageError

if TYPE_CHECKING:
    from datetime import tzinfo

    from insights.types import Edit, Regrouping

app = typer.Typer(help="What comes back: list themes, merge, split, name, keep or dismiss them.", no_args_is_help=True)

ThemeArgument = Annotated[str, typer.Argument(metavar="THEME", help="Its id, as `insights themes list` shows it.")]
ItemsArgument = Annotated[list[str], typer.Argument(metavar="ITEM…", help="As `insights themes show` lists them.")]


@app.command("list", epilog="Example: `insights themes list --kind objection`")
def themes_list(
    kind: Annotated[str, typer.Option(help="question, objection or topic (default: all).")] = "",
    dismissed: Annotated[bool, typer.Option("--dismissed", help="Those that were dismissed, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 40,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Show themes, those of the widest reach first, and what people did to them."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        listed = pipeline.list_themes(settings, kind, dismissed=dismissed)
        table = Table("id", "kind", "label", "reach", "items", "stability", "marks")
        for one in listed[:limit]:
            stability = "" if one.stability is None else f"{one.stability:.2f} {one.sureness}"
            numbers = (str(one.reach), str(one.n_items), stability)
            table.add_row(one.id, one.kind, plain(one.label), *numbers, ", ".join(one.marks))
        out.print(table)
        out.print(f"{min(len(listed), limit)} of {len(listed)} shown.")
        for words in pipeline.sum_up_themes(settings):
            out.print(plain(f"{words}."))


@app.command("show", epilog="Example: `insights themes show O-0003`")
def themes_show(theme: ThemeArgument, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Show a theme: how sure it is, how differently it is said, its parts, and all its items."""
    from insights import pipeline

    with reported():
        shown = pipeline.show_theme(settings_of(store, config), theme)
        title = f"{shown.listed.id}: {shown.listed.label}"
        out.print(plain(title + "".join(f" ({mark})" for mark in shown.listed.marks)))
        if shown.canonical:
            out.print(plain(f"“{shown.canonical}”"))
        if shown.keywords:
            out.print(plain(", ".join(shown.keywords)))
        if shown.sureness:
            out.print(plain(shown.sureness))
        for text in shown.variants:
            out.print(plain(f"said differently: “{text}”"))
        for part in shown.sub_themes:
            out.print(plain(f"part of it: {part}"))
        table = Table("item", "said", "where")
        for item in shown.items:
            table.add_row(*map(plain, (pipeline.short_id(item.id), item.text, item.source)))
        out.print(table)


@app.command("merge", epilog="Example: `insights themes merge O-0007 O-0003`")
def themes_merge(
    theme: ThemeArgument,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The theme that both are then; it keeps its id.")],
    later: LaterOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Make one theme of two: the first goes into the second."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        _tell(pipeline.merge_themes(settings, theme, into))
        take_in(settings, later)


@app.command("split", epilog="Example: `insights themes split O-0003 3fa9c210 77b01e5d`")
def themes_split(
    theme: ThemeArgument,
    items: ItemsArgument,
    later: LaterOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Make these items of a theme one of their own."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        _tell(pipeline.split_theme(settings, theme, items))
        take_in(settings, later)


@app.command("rename", epilog='Example: `insights themes rename O-0003 "price against competitors"`')
def themes_rename(
    theme: ThemeArgument,
    label: Annotated[str, typer.Argument(help="What it is called from now on.")],
    later: LaterOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Give a theme a name; it stays until it is undone."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        _tell(pipeline.rename_theme(settings, theme, label))
        take_in(settings, later)


@app.command("pin", epilog="Example: `insights themes pin O-0003`")
def themes_pin(
    theme: ThemeArgument, later: LaterOption = False, store: StoreOption = None, config: ConfigOption = None
) -> None:
    """Keep a theme, however small it becomes, and its items together."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        _tell(pipeline.pin_theme(settings, theme))
        take_in(settings, later)


@app.command("move", epilog="Example: `insights themes move 3fa9c210 --to O-0003`")
def themes_move(
    items: ItemsArgument,
    to: Annotated[str, typer.Option(metavar="THEME", help="The theme that they belong to.")] = "",
    nowhere: Annotated[bool, typer.Option("--out", help="They belong to none.")] = False,
    later: LaterOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Move items into another theme, or out of all."""
    from insights import pipeline

    with reported():
        if bool(to) == nowhere:
            raise UsageError("Say where to: either --to THEME, or --out for none.")
        settings = settings_of(store, config)
        _tell(pipeline.move_items(settings, items, to))
        take_in(settings, later)


@app.command("dismiss", epilog="Example: `insights themes dismiss Q-0011`")
def themes_dismiss(
    theme: ThemeArgument, later: LaterOption = False, store: StoreOption = None, config: ConfigOption = None
) -> None:
    """Say that a theme is none: it is shown no more, nor what is said like it later."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        _tell(pipeline.dismiss_theme(settings, theme))
        take_in(settings, later)


@app.command("regroup", epilog="Example: `insights themes regroup --dry-run`")
def themes_regroup(
    kind: Annotated[str, typer.Option(help="question, objection or topic (default: all).")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Group all items anew; themes keep their ids by their items, and what people decided holds."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        for one in pipeline.regroup_themes(settings, kind, dry_run=dry_run):
            _show_regrouping(one, settings.zone)
        if dry_run:
            out.print("Nothing was changed.")
        else:
            take_in(settings, later=False)


@app.command("history", epilog="Example: `insights themes history`")
def themes_history(store: StoreOption = None, config: ConfigOption = None) -> None:
    """Show the edits that hold, and when all was grouped anew."""
    from insights import pipeline

    with reported():
        table = Table("edit", "made", "what", "theme", "other", "label")
        settings = settings_of(store, config)
        for edit in pipeline.list_theme_edits(settings):
            _, deed, theme, _, other, _ = edit.target
            table.add_row(edit.id, f"{edit.made_at:%Y-%m-%d %H:%M}", deed, theme, other, plain(edit.value))
        out.print(table)
        for one in pipeline.list_regroupings(settings):
            _show_regrouping(one, settings.zone)


@app.command("undo", epilog="Example: `insights themes undo E-0009`")
def themes_undo(
    edit: Annotated[str, typer.Argument(help="Its id in `insights themes history` (default: the last).")] = "",
    later: LaterOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Withdraw an edit: themes are again as they were without it."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        undone = pipeline.undo_theme_edit(settings, edit)
        out.print(plain(f"{undone.id} is withdrawn: {_words(undone)}."))
        take_in(settings, later)


def _show_regrouping(one: Regrouping, zone: tzinfo) -> None:
    """What became of the themes, those left out that went on with all their items."""
    from insights import outputs

    out.print(plain(outputs.tell_regrouping(one, zone)), soft_wrap=True)
    table = Table("theme", "what", "other", "items before", "items now", "gone elsewhere")
    for change in one.changes:
        n_gone = sum(len(move.item_ids) for move in one.moves if move.from_id == change.theme_id)
        if n_gone or change.what != "continued":
            numbers = map(str, (change.n_before, change.n_now, n_gone))
            table.add_row(change.theme_id, change.what, change.other_id, *numbers)
    if table.row_count:
        out.print(table)


def _tell(edit: Edit) -> None:
    out.print(plain(f"{edit.id}: {_words(edit)}."))


def _words(edit: Edit) -> str:
    """What an edit did, in words."""
    _, deed, theme, items, other, other_items = edit.target
    name = f"{theme} ({edit.value})" if edit.value and theme else theme
    told = {
        "merge": f"{name} goes into {other}",
        "split": f"{_count(other_items)} of {name} are now {other}",
        "rename": f"{theme} is called “{edit.value}”",
        "pin": f"{name} stays",
        "move": f"{_count(items)} belong to {other or 'no theme'}",
        "dismiss": f"{name} is no theme",
    }
    return told[deed]


def _count(items: str) -> str:
    n_items = len(items.splitlines())
    return f"{n_items} item{'s' if n_items > 1 else ''}"

"""`verse user`: who may sign in to the pages, and who looks after the library."""

from __future__ import annotations

from typing import Annotated

import typer

from rag.settings import load_settings
from ui.eval.options import Config, DataDir, Json
from ui.terminal import print_json, print_line, tell
from ui.users import MIN_PASSWORD_CHARS, UsersError, make_user, read_users, user_name, write_users

app = typer.Typer(
    help="Say who may sign in to the pages (docs/users.md).",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Name = Annotated[str, typer.Argument(help="Of the user: a-z, 0-9 and . _ @ -")]


@app.command(epilog="Example: verse user add amina --maintainer")
def add(
    name: Name,
    is_maintainer: Annotated[
        bool, typer.Option("--maintainer", help="May change the library and run evaluations.")
    ] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Add a user, or give one another password; it is asked for twice."""
    folder = load_settings(data_dir, config).data_dir
    known, name = read_users(folder), user_name(name)
    password = typer.prompt(
        f"Password for {name} (at least {MIN_PASSWORD_CHARS} characters)",
        hide_input=True,
        confirmation_prompt=True,
        err=True,
    )
    write_users(folder, known | {name: make_user(name, password, is_maintainer)})
    role = "maintainer" if is_maintainer else "reader"
    tell(f"{name} may sign in, as a {role}. From now on nobody sees the pages without signing in.")


@app.command(epilog="Example: verse user remove amina")
def remove(name: Name, data_dir: DataDir = None, config: Config = None) -> None:
    """Remove a user, who is signed out at once."""
    folder = load_settings(data_dir, config).data_dir
    known, name = read_users(folder), user_name(name)
    if name not in known:
        raise UsersError(f"no user {name!r}; known: {', '.join(known) or 'none'}")
    left = {each: user for each, user in known.items() if each != name}
    write_users(folder, left)
    tell(
        f"{name} is removed."
        if left
        else f"{name} is removed; no user is left: whoever reaches the pages sees them."
    )


@app.command("list")
def list_users(json: Json = False, data_dir: DataDir = None, config: Config = None) -> None:
    """List those who may sign in."""
    users = read_users(load_settings(data_dir, config).data_dir).values()
    for each in users:
        role = "maintainer" if each.is_maintainer else "reader"
        if json:
            print_json({"name": each.name, "role": role})
        else:
            print_line(f"{each.name}\t{role}")
    if not users and not json:
        tell("No users: nobody has to sign in. Add one with `verse user add NAME`.")

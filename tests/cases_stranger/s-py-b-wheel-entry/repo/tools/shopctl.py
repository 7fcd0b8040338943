from pathlib import Path

import typer
import yaml

app = typer.Typer(no_args_is_help=True)


@app.command()
def init(path: Path, force: bool = typer.Option(False, "--force", "-f")) -> None:
    target = path / "shop.yml"
    if target.exists() and not force:
        typer.confirm("overwrite?", abort=True)
    target.write_text(yaml.safe_dump({"version": 1}))


@app.command()
def delete(path: Path, yes: bool = False) -> None:
    if not yes:
        typer.confirm(f"delete {path}?", abort=True)
    path.unlink(missing_ok=True)


if __name__ == "__main__":
    app()

"""What the scripts that are run by hand share."""
import argparse
import pathlib

ENGINE = pathlib.Path(__file__).resolve().parent.parent.parent / "build/release/engine/cli/ffengine"


def parser_of(doc, picture=True):
    """Arguments of such a script: the program, and where its picture goes if it draws one."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ffengine", default=str(ENGINE))
    if picture:
        parser.add_argument("--svg", help="write the picture here")
    return parser


def save(figure, file):
    """As SVG without its date: the same picture is the same file."""
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})

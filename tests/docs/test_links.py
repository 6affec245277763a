"""Links between documents lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").glob("*/*.md")]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
CODE = re.compile(r"`[^`]*`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_links_lead_to_files(document: Path) -> None:
    targets = LINK.findall(CODE.sub("", document.read_text()))
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing

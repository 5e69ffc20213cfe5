"""check_links.py FOLDER: every link in the pages there leads to a file and an anchor that exist, and no page shows
Doxygen's own marks, as it does after a link whose text is broken across lines. Lists what is wrong, and fails. Links
that leave the folder are not followed: they must be well-formed, are counted, and --external lists them."""

import html.parser
import pathlib
import re
import sys
import urllib.parse


WELL_FORMED = re.compile(r"https?://[\w-]+(\.[\w-]+)+(:\d+)?([/?#][\w./?#&=%~+:;,@!()*'-]*)?|mailto:[\w.+-]+@[\w.-]+")
LEFT_OVER = re.compile(r"@endverbatim|&lt;strong&gt;")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.anchors, self.links = set(), []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if value is not None and (name == "id" or (tag == "a" and name == "name")):
                self.anchors.add(value)
            elif value and name in ("href", "src", "data") and tag != "base":
                self.links.append(value)


def main(folder, list_external):
    pages, broken, external = {}, set(), set()
    for path in sorted(folder.rglob("*.html")):
        pages[path] = Page()
        text = path.read_text(encoding="utf-8")
        pages[path].feed(text)
        if found := LEFT_OVER.search(text):
            broken.add(f"{path.relative_to(folder)}: shows {found[0]}")
    links = [(path, link) for path, page in pages.items() for link in page.links]
    for path in sorted(folder.rglob("*.js")):  # the side bar and the search index
        if path.name.startswith(("nav", "menudata")) or path.parent.name == "search":
            links += [(path, link) for link in re.findall(r"""['"]([^'"\s]+\.html(?:#[^'"\s]*)?)['"]""",
                                                          path.read_text(encoding="utf-8"))]
    for path, link in links:
        parts = urllib.parse.urlsplit(link)
        if parts.scheme or parts.netloc:
            if parts.scheme not in ("javascript", "data"):
                external.add(link)
                if not WELL_FORMED.fullmatch(link):
                    broken.add(f"{path.relative_to(folder)}: {link}: not well-formed")
            continue
        target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
        anchor = urllib.parse.unquote(parts.fragment)
        if not target.exists():
            broken.add(f"{path.relative_to(folder)}: {link}: no such file")
        elif anchor and target in pages and anchor not in pages[target].anchors:
            broken.add(f"{path.relative_to(folder)}: {link}: no such anchor")
    for line in sorted(broken):
        print(line)
    if list_external:
        print("\n".join(sorted(external)))
    print(f"{len(links)} links in {len(pages)} pages: {len(broken)} broken, {len(external)} lead elsewhere")
    return 1 if broken or not pages else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), "--external" in sys.argv))

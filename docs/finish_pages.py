"""finish_pages.py FOLDER: two things that Doxygen does not do, on what it wrote there; to be run once.

Lines of an example that only mark a part of it for \\snippet, "//! [name]", are not shown where all of it is.
The search finds pages and their sections by any word of their headings: Doxygen's index knows how a page's title begins.
"""

import html
import json
import pathlib
import re
import sys

LEFT_OUT = set("a an and are at by for from how in into is it its not of on one or own that the to what when where "
               "which with you your".split())
MARK = re.compile(r'<div class="line"><span class="comment">\s*//! \[\w+\]</span></div>\n?')


def hide_marks(folder):
    """Returns how many there were."""
    hidden = 0
    for page in sorted(folder.glob("*.html")):
        text, count = MARK.subn("", page.read_text(encoding="utf-8"))
        if count:
            page.write_text(text, encoding="utf-8")
        hidden += count
    return hidden


def search_entries(folder):
    """(word, what is shown, where it leads) of every heading of every page."""
    for index in sorted((folder / "search").glob("pages_*.js")):
        for title, page in re.findall(r"\['[^']*',\['(.*?)',\['\.\./([^'#]*\.html)'", index.read_text(encoding="utf-8")):
            text = (folder / page).read_text(encoding="utf-8")
            sections = re.findall(r'<h[1-4]><a class="anchor" id="([^"]*)"></a>\s*(.*?)</h[1-4]>', text, re.DOTALL)
            for anchor, heading in [("", title)] + sections:
                heading = re.sub(r"<[^>]*>", "", heading).strip().replace("'", "&#39;")
                shown = heading if not anchor else f"{heading} ({title})"
                for word in dict.fromkeys(re.findall(r"[a-z0-9]+", html.unescape(heading).lower())):
                    begins_title = not anchor and heading.lower().startswith(word)  # Doxygen has this one
                    if word not in LEFT_OUT and not begins_title:
                        yield word, shown, f"../{page}" + (f"#{anchor}" if anchor else "")


def add_to_search(folder):
    """Returns how many words were added."""
    # all_0.js has what begins with the first of these letters, all_1.js with the second, and so on.
    letters = re.search(r'0: "([^"]*)"', (folder / "search" / "searchdata.js").read_text(encoding="utf-8"))[1]
    files, added = {}, 0
    for word, shown, link in sorted(set(search_entries(folder))):
        if word[0] in letters:
            added += 1
            entry = [f"{word}_{10000 + added}", [shown, [link, 1, ""]]]
            files.setdefault(f"all_{letters.index(word[0]):x}.js", []).append(json.dumps(entry).replace('"', "'"))
    for name, lines in files.items():
        path = folder / "search" / name
        begin, end = path.read_text(encoding="utf-8").split("[\n", 1)
        path.write_text(begin + "[\n  " + ",\n  ".join(lines) + ",\n" + end, encoding="utf-8")
    return added


def main(folder):
    hidden, added = hide_marks(folder), add_to_search(folder)
    print(f"{hidden} marks of parts are hidden; the search finds pages and sections by {added} more words")
    return 0 if hidden and added else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))

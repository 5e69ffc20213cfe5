"""said_of.py MESSAGES [--update]: whether the pages show what the compiler says of the programs that are wrong on purpose.

MESSAGES is a folder of files NAME.cpp.txt (compiler_errors.sh writes it). In a page, the fenced block below the line
"<!-- said of NAME.cpp -->" holds one of them. Says which pages show other words; with --update they are renewed. That they
show what matters of it is a test, tests/markdown.sh.
"""

import pathlib
import re
import sys

SHOWN = re.compile(r"(<!-- said of (\w+\.cpp) -->\n```text\n)(.*?)(?=```\n|```$)", re.DOTALL)


def main(messages, update):
    outdated, count = [], 0
    for page in sorted(pathlib.Path(__file__).parent.glob("**/*.md")):
        text = page.read_text(encoding="utf-8")
        renewed = SHOWN.sub(lambda m: m[1] + (messages / f"{m[2]}.txt").read_text(encoding="utf-8"), text)
        count += len(SHOWN.findall(text))
        if renewed != text:
            outdated.append(page.name)
            if update:
                page.write_text(renewed, encoding="utf-8")
    for name in outdated:
        print(f"{name}: " + ("renewed" if update else "the compiler has other words by now; see docs/said_of.py"))
    print(f"{count} messages of the compiler are shown")
    return 1 if count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), "--update" in sys.argv))

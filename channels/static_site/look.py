"""What every page has around its text: head, style, header, footer. No script, no other file."""

from typing import Final

from channels.static_site.entry import Site
from channels.static_site.text import attribute

#: Plain CSS that browsers of ten years ago read; a page saved or printed alone keeps it.
STYLE: Final = """\
body{margin:0;background:#fff;color:#1b1b1b;font:18px/1.6 "Segoe UI",Roboto,"Noto Sans",Arial,\
sans-serif;word-wrap:break-word;overflow-wrap:break-word}
header,main,footer{max-width:790px;margin:0 auto;padding:0 16px}
header{border-top:6px solid #a61b1b;padding-top:12px;padding-bottom:12px}
header a{color:#8a1515;font-weight:bold;font-size:1.1em;text-decoration:none}
main{border-top:1px solid #d8d8d8;padding-top:8px;padding-bottom:24px}
h1{font-size:1.65em;line-height:1.3;margin:.5em 0 .3em}
h2{font-size:1.2em;line-height:1.35;margin:1.4em 0 .4em}
p,ul,ol{margin:0 0 .9em}
a{color:#0b4a8f}
a:focus{outline:3px solid #f0a500;outline-offset:2px}
img{max-width:100%;height:auto;border:0}
.luc{color:#555;font-size:.9em}
.dinh-chinh,.thu-hoi{border-left:6px solid #a61b1b;background:#fdf1ef;padding:10px 14px}
ul.tin{list-style:none;padding:0}
ul.tin li{border-bottom:1px solid #e3e3e3;padding:12px 0}
ul.tin a{font-weight:bold;display:inline-block;padding:2px 0}
ul.tin p{margin:.2em 0 0}
ul.ghim li{border-left:6px solid #a61b1b;background:#fdf1ef;padding:12px 14px;margin-bottom:8px}
nav a{display:inline-block;padding:8px 12px 8px 0}
footer{border-top:1px solid #d8d8d8;padding-top:12px;padding-bottom:32px;color:#555;font-size:.9em}
footer a{display:inline-block;padding:6px 12px 6px 0}
.chi-in{display:none}
@media print{body{font-size:12pt;line-height:1.45}header{border:0}nav,.tren-man{display:none}
header,main,footer{max-width:none;padding-left:0;padding-right:0}
.dinh-chinh,.thu-hoi,ul.ghim li{background:none;border:1px solid #000}
h1,h2{page-break-after:avoid}img{page-break-inside:avoid}a{color:#000}.chi-in{display:block}}
"""

_PAGE = """\
<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; img-src 'self'">
<title>{title}</title>
{head}<link rel="alternate" type="application/atom+xml" href="feed.xml" title="{site}">
<link rel="alternate" type="application/rss+xml" href="rss.xml" title="{site}">
<style>
{style}</style>
</head>
<body>
<header><a href="index.html">{site}</a></header>
<main>
{body}
</main>
<footer>
<p>{author}</p>
<p class="tren-man">{verify}<a href="rss.xml">Nguồn tin RSS</a><a href="feed.xml">Atom</a></p>
</footer>
</body>
</html>
"""

_VERIFY = '<a href="xac-minh/">Kiểm tra một tin có thật không</a>'


def page(site: Site, title: str, head: str, body: str, *, verify: bool) -> bytes:
    """`head` and `body` are HTML of ours. `verify`: the site has the page `xac-minh/`."""
    return _PAGE.format(
        title=attribute(title), site=attribute(site.title), author=attribute(site.author),
        head=head, body=body, style=STYLE, verify=_VERIFY if verify else "",
    ).encode()

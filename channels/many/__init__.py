"""
Many HTTP requests of one account at once, by libcurl: what a campaign is sent through.

`frame.py` writes requests, `line.py` is one of them under way, `endings.py` says what one that
brought no answer proves, `window.py` drives them all. One request alone goes by `channels/wire.py`,
whose words and judgements are used here, too.
"""

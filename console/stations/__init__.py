"""The stations' own pages, feeds and files, on the public listener; nothing here sends."""

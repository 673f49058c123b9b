"""
A recipients file read as a stream, whatever its length: nothing is stored here.

    with open_source(path) as source:
        layout = columns.find(source)
        for chunk in rows.chunks(rows.read(source, layout)):
            ...
"""

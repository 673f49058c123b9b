"""
Recipients of SMS campaigns: files read as a stream, numbers stored as ciphertext.

    with open_source(path) as source:                              # reading: source, columns, rows
        given = store.Given(source, columns.find(source))
        staged = store.stage(home, ring, origin, given, person)    # counts nowhere yet
    store.accept(home, ring, staged, person)                       # now it does
"""

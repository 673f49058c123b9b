"""
Files that every machine of an installation must find: pictures, evidence, scans, recordings,
sounds. Below var/ of this machine (or a folder that machines share), or in an S3 bucket
(`GIOVANG_FILES`); nothing above asks which. Keys, numbers in clear and what belongs to one
machine never come here (docs/scale.md).
"""

"""A bulletin on paper and in files: sheet (DOCX, PDF), one HTML file, bundle, USB stick."""

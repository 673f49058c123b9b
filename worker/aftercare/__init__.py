"""What is done once a text is public: pinned for some days, and its figures taken."""

"""What the JSON API stands on: keys of programs, and answers kept so that no call acts twice."""

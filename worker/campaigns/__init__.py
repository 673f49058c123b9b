"""SMS campaigns: an approved text to the numbers of lists, each once, with the truth about each."""

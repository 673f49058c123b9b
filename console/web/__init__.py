"""
The pages of the console on the inner listener. They call worker/ and never send. A page is a
handler in `pages/`, a line in `routes.py` and a template in templates/console/web/.
"""

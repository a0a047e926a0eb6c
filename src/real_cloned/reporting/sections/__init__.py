"""One file per topic of the report: its numbers, its drawing, and its section of the page.

In each file stand, in this order, the function that computes the topic's table (the report pipeline saves it as CSV),
the one that draws it, and `section`, which returns what the page shows. `reporting.page` lists the sections in order.
"""

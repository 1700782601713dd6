"""What runs below a notebook's last cell: it fails for what the cells before have left behind, and goes wrong only now.

It gives every notebook two tenths of a second, and one with timers that have not come yet three seconds.
"""

LAST_CELL = """
for (let wait = 0; wait < 20 || (wait < 300 && process.getActiveResourcesInfo().includes('Timeout')); wait++)
  await new Promise((done) => setTimeout(done, 10).unref());
"""

"""The tables that generated code reads: what stands in which word.

The master table holds what changes from call to call, then the tables of the kernels one after the
other. The code that writes kernels and the code that fills the tables agree on this file alone.
"""

BATCH, STATUS = -2, -1  # in a kernel's list of slots; numbers from 0 on are buffers
MASTER = -3  # slots of the copies of rows: the master table's own address,
SOURCE = -10  # and SOURCE - i the whole array that input i's rows come from

# Words of the master table; the tables of the kernels follow.
HEADER = {
    name: i
    for i, name in enumerate(
        ("batch", "pool", "status", "plan", "turn", "callback", "rows", "order", "stride")
    )
}
# A thread's stretch of a level's tasks has some of every item. Words of the plan for every item:
# its first task in a stretch, how many there, units in a task, units in all.
ITEM_WORDS = 4
# Words before the items of a level: the number of tasks, whether one thread does them all, and how
# many are in a stretch.
LEVEL_WORDS = 3

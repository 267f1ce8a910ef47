"""The functions that share a loop among threads, as LLVM IR.

`lamina_parallel` is called by generated code, `lamina_work` by the helper threads; they meet in a
control block (`pool`). The leader, who calls `lamina_parallel`, publishes a phase: a function, a
range cut into tasks, and a claim word that packs the phase's number, the next task and how many
tasks there are. Whoever increments the claim word owns that task. The leader claims tasks too and
at the end waits only for tasks that a helper has begun, so a helper may sleep, come late or never
come. What a helper reads of the published phase it reads after a claim succeeded; the leader
publishes nothing new until that task is done.
"""

import platform

PARALLEL = "lamina_parallel"  # void (ptr pool, ptr function, ptr table, i64 extent, i64 grain)
WORK = "lamina_work"  # void (ptr pool)

# The control block, in bytes. Words that different threads write lie 128 bytes apart, as far as
# processors fetch together.
CLAIM = 0  # i64: phase << 32 | next task << 16 | tasks
FUNCTION, TABLE, EXTENT, GRAIN = 8, 16, 24, 32  # of the phase
DONE = 128  # i64: tasks that helpers have finished in this phase
JOB = 256  # i64: odd while a job runs; helpers leave when it changes
YIELD, SLEEP, SLEEP_TIME = 264, 272, 280  # two functions of the system, and what SLEEP is given
BLOCK_BYTES = 384

SPINS = 2000  # turns of waiting in a loop before the core is offered to others
YIELDS = 20  # turns of that before sleeping

_PAUSES = {
    "x86": ("declare void @llvm.x86.sse2.pause()", "call void @llvm.x86.sse2.pause()"),
    "aarch64": ("declare void @llvm.aarch64.hint(i32)", "call void @llvm.aarch64.hint(i32 1)"),
}


def ir_text(triple: str | None = None) -> str:
    """The module.

    Args:
        triple: LLVM's name of the processor family; None for this machine's.
    """
    family = (triple or platform.machine()).partition("-")[0].lower()
    kind = {"amd64": "x86", "x86_64": "x86", "arm64": "aarch64"}.get(family, family)
    declaration, pause = _PAUSES.get(kind, ("", ""))
    return _TEXT.format(**globals(), declaration=declaration, pause=pause, rests=SPINS + YIELDS)


_TEXT = """\
{declaration}

; Wait a little, longer the more turns there have been.
define internal void @rest(ptr %pool, i64 %turn) noinline nounwind {{
entry:
  %early = icmp ult i64 %turn, {SPINS}
  br i1 %early, label %spin, label %late
spin:
  {pause}
  ret void
late:
  %offer = icmp ult i64 %turn, {rests}
  br i1 %offer, label %yield, label %sleep
yield:
  %yields = getelementptr i8, ptr %pool, i64 {YIELD}
  %yielder = load ptr, ptr %yields
  call i32 %yielder()
  ret void
sleep:
  %sleeps = getelementptr i8, ptr %pool, i64 {SLEEP}
  %sleeper = load ptr, ptr %sleeps
  %times = getelementptr i8, ptr %pool, i64 {SLEEP_TIME}
  %time = load i32, ptr %times
  call i32 %sleeper(i32 %time)
  ret void
}}

; The number of a task that is now the caller's, or -1 if none is left.
define internal i64 @claim(ptr %pool) nounwind {{
entry:
  %first = load atomic i64, ptr %pool acquire, align 8
  br label %try
try:
  %word = phi i64 [%first, %entry], [%seen, %take]
  %shifted = lshr i64 %word, 16
  %next = and i64 %shifted, 65535
  %tasks = and i64 %word, 65535
  %left = icmp ult i64 %next, %tasks
  br i1 %left, label %take, label %none
take:
  %taken = add i64 %word, 65536
  %outcome = cmpxchg ptr %pool, i64 %word, i64 %taken acq_rel acquire
  %seen = extractvalue {{ i64, i1 }} %outcome, 0
  %won = extractvalue {{ i64, i1 }} %outcome, 1
  br i1 %won, label %mine, label %try
mine:
  ret i64 %next
none:
  ret i64 -1
}}

define internal void @run(ptr %function, ptr %table, i64 %extent, i64 %grain, i64 %task) nounwind {{
entry:
  %begin = mul i64 %task, %grain
  %full = add i64 %begin, %grain
  %whole = icmp slt i64 %full, %extent
  %end = select i1 %whole, i64 %full, i64 %extent
  call void %function(ptr %table, i64 %begin, i64 %end)
  ret void
}}

; function(table, begin, end) for ranges of %grain (the last one shorter) that make up 0..%extent.
define void @{PARALLEL}(ptr %pool, ptr %function, ptr %table, i64 %extent, i64 %grain) nounwind {{
entry:
  %nobody = icmp eq ptr %pool, null
  %single = icmp sle i64 %extent, %grain
  %odd = icmp slt i64 %grain, 1
  %few = or i1 %nobody, %single
  %alone = or i1 %few, %odd
  br i1 %alone, label %direct, label %divide
direct:
  %empty = icmp slt i64 %extent, 1
  br i1 %empty, label %end, label %once
once:
  call void %function(ptr %table, i64 0, i64 %extent)
  ret void
divide:
  %last = sub i64 %extent, 1
  %fine = udiv i64 %last, %grain
  %merged = udiv i64 %fine, 65535 ; more tasks than the claim word can count become larger ones
  %factor = add i64 %merged, 1
  %many = icmp ne i64 %merged, 0
  br i1 %many, label %enlarge, label %publish
enlarge:
  %larger = mul i64 %grain, %factor
  %coarse = udiv i64 %fine, %factor
  br label %publish
publish:
  %step = phi i64 [%grain, %divide], [%larger, %enlarge]
  %index = phi i64 [%fine, %divide], [%coarse, %enlarge]
  %tasks = add i64 %index, 1
  %functions = getelementptr i8, ptr %pool, i64 {FUNCTION}
  store ptr %function, ptr %functions
  %tables = getelementptr i8, ptr %pool, i64 {TABLE}
  store ptr %table, ptr %tables
  %extents = getelementptr i8, ptr %pool, i64 {EXTENT}
  store i64 %extent, ptr %extents
  %grains = getelementptr i8, ptr %pool, i64 {GRAIN}
  store i64 %step, ptr %grains
  %done = getelementptr i8, ptr %pool, i64 {DONE}
  store atomic i64 0, ptr %done monotonic, align 8
  %old = load atomic i64, ptr %pool monotonic, align 8
  %phase = and i64 %old, -4294967296
  %next = add i64 %phase, 4295032832 ; the next phase, of which task 0 is the leader's
  %word = or i64 %next, %tasks
  store atomic i64 %word, ptr %pool release, align 8
  br label %lead
lead:
  %task = phi i64 [0, %publish], [%another, %more]
  %mine = phi i64 [1, %publish], [%mine1, %more]
  call void @run(ptr %function, ptr %table, i64 %extent, i64 %step, i64 %task)
  %another = call i64 @claim(ptr %pool)
  %got = icmp sge i64 %another, 0
  br i1 %got, label %more, label %wait
more:
  %mine1 = add i64 %mine, 1
  br label %lead
wait:
  %theirs = sub i64 %tasks, %mine
  br label %look
look:
  %turn = phi i64 [0, %wait], [%turn1, %again]
  %finished = load atomic i64, ptr %done acquire, align 8
  %all = icmp eq i64 %finished, %theirs
  br i1 %all, label %end, label %again
again:
  call void @rest(ptr %pool, i64 %turn)
  %turn1 = add i64 %turn, 1
  br label %look
end:
  ret void
}}

; What a helper does during a job: any task it can claim, until the job is over.
define void @{WORK}(ptr %pool) nounwind {{
entry:
  %jobs = getelementptr i8, ptr %pool, i64 {JOB}
  %job = load atomic i64, ptr %jobs acquire, align 8
  %bit = and i64 %job, 1
  %runs = icmp ne i64 %bit, 0
  br i1 %runs, label %look, label %end
look:
  %turn = phi i64 [0, %entry], [%turn1, %idle], [0, %help]
  %now = load atomic i64, ptr %jobs acquire, align 8
  %same = icmp eq i64 %now, %job
  br i1 %same, label %try, label %end
try:
  %task = call i64 @claim(ptr %pool)
  %got = icmp sge i64 %task, 0
  br i1 %got, label %help, label %idle
idle:
  call void @rest(ptr %pool, i64 %turn)
  %turn1 = add i64 %turn, 1
  br label %look
help:
  %functions = getelementptr i8, ptr %pool, i64 {FUNCTION}
  %function = load ptr, ptr %functions
  %tables = getelementptr i8, ptr %pool, i64 {TABLE}
  %table = load ptr, ptr %tables
  %extents = getelementptr i8, ptr %pool, i64 {EXTENT}
  %extent = load i64, ptr %extents
  %grains = getelementptr i8, ptr %pool, i64 {GRAIN}
  %grain = load i64, ptr %grains
  call void @run(ptr %function, ptr %table, i64 %extent, i64 %grain, i64 %task)
  %done = getelementptr i8, ptr %pool, i64 {DONE}
  atomicrmw add ptr %done, i64 1 release
  br label %look
end:
  ret void
}}
"""

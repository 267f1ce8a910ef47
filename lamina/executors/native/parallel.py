"""The functions that share a loop among threads, as LLVM IR.

`lamina_parallel` is called by generated code, `lamina_work` by the helper threads; they meet in a
control block (`pool`). The leader, who calls `lamina_parallel`, publishes a phase: a function and a
range cut into tasks. The tasks in turn are cut into as many stretches as there are threads. Each
thread works through its own stretch from the front, so that from step to step it meets the same
weights, which are still in its core's cache; one that is done takes tasks from the ends of others'.

A stretch is a claim word that packs the phase's number, the next task and the end; whoever changes
the word owns a task. The leader claims tasks too and at the end waits only for tasks that a helper
has begun, so a helper may sleep, come late or never come. What a helper reads of the published
phase it reads after a claim succeeded; the leader publishes nothing new until that task is done.
"""

import platform

PARALLEL = "lamina_parallel"  # void (ptr pool, ptr function, ptr table, i64 extent, i64 grain)
WORK = "lamina_work"  # void (ptr pool, i64 number of the helper, from 1)

# The control block, in bytes. Words that different threads write lie 128 bytes apart, as far as
# processors fetch together.
PHASE = 0  # i64: phase << 32
FUNCTION, TABLE, EXTENT, GRAIN = 8, 16, 24, 32  # of the phase
THREADS = 40  # i64: how many threads take part in the job, the leader included
YIELD, SLEEP, SLEEP_TIME = 48, 56, 64  # two functions of the system, and what SLEEP is given
DONE = 128  # i64: tasks that helpers have finished in this phase
JOB = 256  # i64: odd while a job runs; helpers leave when it changes
CLAIMS = 384  # of each thread, i64: phase << 32 | next task << 16 | end of its stretch
CLAIM_BYTES = 128
MOST_THREADS = 256

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

; The number of a task of a stretch that is now the caller's, or -1 if none is left there. The owner
; takes the first one, others the last.
define internal i64 @claim(ptr %pool, i64 %stretch, i1 %own) nounwind {{
entry:
  %offset = mul i64 %stretch, {CLAIM_BYTES}
  %from = add i64 %offset, {CLAIMS}
  %place = getelementptr i8, ptr %pool, i64 %from
  %change = select i1 %own, i64 65536, i64 -1
  %first = load atomic i64, ptr %place acquire, align 8
  br label %try
try:
  %word = phi i64 [%first, %entry], [%seen, %take]
  %shifted = lshr i64 %word, 16
  %next = and i64 %shifted, 65535
  %end = and i64 %word, 65535
  %left = icmp ult i64 %next, %end
  br i1 %left, label %take, label %none
take:
  %taken = add i64 %word, %change
  %outcome = cmpxchg ptr %place, i64 %word, i64 %taken acq_rel acquire
  %seen = extractvalue {{ i64, i1 }} %outcome, 0
  %won = extractvalue {{ i64, i1 }} %outcome, 1
  br i1 %won, label %mine, label %try
mine:
  %last = sub i64 %end, 1
  %task = select i1 %own, i64 %next, i64 %last
  ret i64 %task
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
  %phase = add i64 %old, 4294967296
  %counts = getelementptr i8, ptr %pool, i64 {THREADS}
  %threads = load i64, ptr %counts
  br label %deal
deal: ; ends of the stretches are tasks * (i + 1) / threads, rounded up
  %i = phi i64 [0, %publish], [%i1, %deal]
  %start = phi i64 [1, %publish], [%stop, %deal] ; task 0 is the leader's
  %sum = phi i64 [%tasks, %publish], [%sum1, %deal]
  %above = add i64 %sum, %threads
  %above1 = sub i64 %above, 1
  %stop = udiv i64 %above1, %threads
  %starts = shl i64 %start, 16
  %bounds = or i64 %starts, %stop
  %word = or i64 %phase, %bounds
  %offset = mul i64 %i, {CLAIM_BYTES}
  %from = add i64 %offset, {CLAIMS}
  %place = getelementptr i8, ptr %pool, i64 %from
  store atomic i64 %word, ptr %place release, align 8
  %i1 = add i64 %i, 1
  %sum1 = add i64 %sum, %tasks
  %further = icmp ult i64 %i1, %threads
  br i1 %further, label %deal, label %open
open:
  store atomic i64 %phase, ptr %pool release, align 8
  br label %lead
lead:
  %task = phi i64 [0, %open], [%another, %more]
  %mine = phi i64 [1, %open], [%mine1, %more]
  %stretch = phi i64 [0, %open], [%at, %more]
  call void @run(ptr %function, ptr %table, i64 %extent, i64 %step, i64 %task)
  br label %seek
seek:
  %at = phi i64 [%stretch, %lead], [%at1, %pass]
  %own = icmp eq i64 %at, 0
  %another = call i64 @claim(ptr %pool, i64 %at, i1 %own)
  %got = icmp sge i64 %another, 0
  br i1 %got, label %more, label %pass
pass:
  %at1 = add i64 %at, 1
  %others = icmp ult i64 %at1, %threads
  br i1 %others, label %seek, label %wait
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
define void @{WORK}(ptr %pool, i64 %number) nounwind {{
entry:
  %jobs = getelementptr i8, ptr %pool, i64 {JOB}
  %job = load atomic i64, ptr %jobs acquire, align 8
  %bit = and i64 %job, 1
  %runs = icmp ne i64 %bit, 0
  br i1 %runs, label %look, label %end
look:
  %turn = phi i64 [0, %entry], [%turn1, %idle], [0, %pass]
  %known = phi i64 [-1, %entry], [%known, %idle], [%phase, %pass]
  %now = load atomic i64, ptr %jobs acquire, align 8
  %same = icmp eq i64 %now, %job
  br i1 %same, label %compare, label %end
compare:
  %phase = load atomic i64, ptr %pool acquire, align 8
  %fresh = icmp ne i64 %phase, %known
  br i1 %fresh, label %begin, label %idle
idle:
  call void @rest(ptr %pool, i64 %turn)
  %turn1 = add i64 %turn, 1
  br label %look
begin:
  %counts = getelementptr i8, ptr %pool, i64 {THREADS}
  %threads = load i64, ptr %counts
  br label %seek
seek: ; its own stretch first, then those after it, round about
  %i = phi i64 [0, %begin], [%i, %help], [%i1, %pass]
  %sum = add i64 %number, %i
  %at = urem i64 %sum, %threads
  %own = icmp eq i64 %i, 0
  %task = call i64 @claim(ptr %pool, i64 %at, i1 %own)
  %got = icmp sge i64 %task, 0
  br i1 %got, label %help, label %pass
pass:
  %i1 = add i64 %i, 1
  %others = icmp ult i64 %i1, %threads
  br i1 %others, label %seek, label %look
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
  br label %seek
end:
  ret void
}}
"""

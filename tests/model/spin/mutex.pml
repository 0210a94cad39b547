/*
 * The mutex with deaths, after its description and not after its text.
 *
 * One word: the owner or nobody, whether somebody waits, whether a death has poisoned it. Waiters sleep in lanes of their own kind; a lane has a ticket, which
 * changes with each wake-up, and a count of waiters. Whoever will wait says so in the word first. An unlock of a lock that somebody waits for changes the ticket of
 * each lane that has waiters and wakes the first sleeper there.
 *
 * An agent may stop at any step. Later the host marks it dead, counts the death, and wakes every sleeper. Who blocks tells before how many deaths it knows of and
 * counts again; while the host finds a sleeper that does not know of the last one, it wakes all again. Who awaits counts again when it is in the wait list.
 *
 * Checked: never two inside; nobody sleeps for ever (an invalid end state); a lock whose owner died inside is poisoned. Agents come as often as ROUNDS says, or less.
 *
 * DEFECT plants a mistake, which must be found, with these settings:
 *   1  a waiter takes the lock without saying that others may wait (CRASHES=0)
 *   2  the ticket is read after the look at the word (CRASHES=0)
 *   3  the host wakes sleepers only when the dead agent was the owner (CRASHES=1)
 *   4  the host wakes nobody again who missed the death (N=2)
 *   5  waiters never ask whether the owner is alive (CRASHES=1)
 *   6  a wake-up does not change the ticket (CRASHES=0)
 *   7  who awaits does not count the deaths again (CRASHES=1)
 */

#ifndef N
#define N 3
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef DEFECT
#define DEFECT 0
#endif
#define LANES 2
#define BLOCKING 0
#define NOBODY 0

byte owner = NOBODY, ticket[LANES], count[LANES], inside = 0;
bool waited = false, poisoned = false;

/* Who sleeps, by lane, in the order of arrival. */
chan sleepers[LANES] = [N] of { byte };
bool asleep[N];

bool crash[N], stopped[N], dead[N], holds[N], diedInside = false;
byte deaths = 0, sleepsKnowing[N]; /* one more than the number of deaths; 0 when awake */

inline wakeFirst(lane, who) {
  if
  :: atomic { nempty(sleepers[lane]) -> sleepers[lane]?who; asleep[who] = false; who = 0 }
  :: atomic { empty(sleepers[lane]) -> skip }
  fi
}

inline wakeAll(lane, who) {
  d_step {
    do
    :: nempty(sleepers[lane]) -> sleepers[lane]?who; asleep[who] = false
    :: empty(sleepers[lane]) -> break
    od;
    who = 0
  }
}

inline fallAsleep(lane, me, seenTicket) {
  atomic {
    if
    :: ticket[lane] == seenTicket -> asleep[me] = true; sleepers[lane]!me
    :: else
    fi
  }
}

proctype Agent(byte me; byte lane) {
  byte seen, seenTicket, knows, round, next, other;
  bool seenWaited;
  {
    do
    :: round < ROUNDS ->
      round++;
      atomic {
        if
        :: owner == NOBODY && !waited && !poisoned -> owner = me + 1; holds[me] = true; goto taken
        :: else
        fi
      };
      count[lane]++;
look:
#if DEFECT != 2
      seenTicket = ticket[lane];
#endif
      atomic { seen = owner; seenWaited = waited };
      if
      :: seen == NOBODY ->
        atomic {
          if
          :: owner == NOBODY ->
            owner = me + 1; holds[me] = true;
#if DEFECT != 1
            waited = true;
#endif
          :: else -> goto look
          fi
        }
      :: else ->
        if
#if DEFECT != 5
        :: dead[seen - 1] ->
          atomic {
            if
            :: owner == seen -> owner = me + 1; waited = true; poisoned = true; holds[me] = true
            :: else -> goto look
            fi
          }
#else
        :: false
#endif
        :: else ->
          atomic {
            if
            :: owner == seen -> waited = true
            :: else -> goto look
            fi
          };
#if DEFECT == 2
          seenTicket = ticket[lane];
#endif
          if
          :: lane == BLOCKING ->
            sleepsKnowing[me] = knows + 1;
            if
            :: deaths != knows -> sleepsKnowing[me] = 0; knows = deaths; goto look
            :: else
            fi;
            fallAsleep(lane, me, seenTicket);
            !asleep[me];
            sleepsKnowing[me] = 0
          :: else ->
            /* It goes on after it has fallen asleep, as only an async waiter can. */
            fallAsleep(lane, me, seenTicket);
#if DEFECT != 7
            if
            :: deaths != knows -> knows = deaths; wakeAll(lane, other)
            :: else
            fi;
#endif
            !asleep[me]
          fi;
          goto look
        fi
      fi;
      count[lane]--;
taken:
      atomic { inside++; assert(inside == 1) };
      assert(!diedInside || poisoned);
      atomic { inside--; holds[me] = false; seenWaited = waited; owner = NOBODY; waited = false };
      if
      :: seenWaited ->
        next = 0;
        do
        :: next < LANES ->
          if
          :: count[next] > 0 ->
#if DEFECT != 6
            ticket[next]++;
#endif
            wakeFirst(next, other)
          :: else
          fi;
          next++
        :: else -> break
        od;
        next = 0
      :: else
      fi;
      atomic { seen = 0; seenTicket = 0; seenWaited = false }
    :: break
    od;
end:
    false
  } unless {
    atomic {
      crash[me] ->
      if
      :: asleep[me] -> sleepers[lane]??eval(me); asleep[me] = false
      :: else
      fi;
      diedInside = diedInside || holds[me];
      inside = (holds[me] && inside > 0 -> inside - 1 : inside);
      stopped[me] = true
    }
  }
}

/* Lets up to CRASHES agents stop, and tells of each some time later. */
proctype Host() {
  byte who, victim, left = CRASHES;
  bool missed;
end:
  do
  :: left > 0 ->
    left--;
    if
    :: victim = 0
    :: victim = 1
#if N > 2
    :: victim = 2
#endif
    fi;
    crash[victim] = true;
    stopped[victim];
    d_step { dead[victim] = true; who = owner };
    deaths++;
#if DEFECT == 3
    if
    :: who != victim + 1 -> goto told
    :: else
    fi;
#endif
again:
    wakeAll(0, who);
    wakeAll(1, who);
#if DEFECT != 4
    d_step {
      missed = false;
      do
      :: who < N ->
        missed = missed || (!dead[who] && sleepsKnowing[who] != 0 && sleepsKnowing[who] != deaths + 1);
        who++
      :: else -> break
      od;
      who = 0
    };
    if
    :: missed -> goto again
    :: else
    fi;
#endif
told:
    skip
  :: left = 0; break
  od
}

init {
  atomic {
    run Agent(0, 0);
    run Agent(1, 1);
#if N > 2
    run Agent(2, 1);
#endif
    run Host()
  }
}

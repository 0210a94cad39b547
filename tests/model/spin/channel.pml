/*
 * The channel with deaths, after its description and not after its text.
 *
 * A ring of slots. The word of a slot says in which lap it is, whether it is free, being written, full or being read, and by whom. Who swaps that word has claimed the slot;
 * two positions say which slot is the next to claim on each side, and follow: anybody who sees that one lags moves it. Who finds nothing to do counts itself as waiting,
 * reads the wake-up count of its side, looks again, and sleeps while the count is the same. Who has made a message readable, or a slot free, raises the count of the other
 * side and wakes one sleeper there, if somebody waits. A wake-up may be meant for more than the one who took it could do, so whoever has waited looks again and passes it on.
 *
 * A channel is closed by whoever drops the last end of a side, by whoever finds that nobody holds one any more, or by hand. Who closes wakes everybody. Senders look
 * whether it is closed once more after they have claimed a slot; receivers before they look for a message, so that one who finds it closed and then nothing there can end.
 *
 * An agent may stop at any step. Later the host marks it dead and wakes every sleeper; falling asleep and counting the deaths is one step here, since the model of the
 * mutex shows how it is done. Who then finds that the slot in its way belongs to a dead one frees it: a dead writer's slot is passed over, a dead reader's is free for the
 * next lap.
 *
 * The first SENDERS of the N agents send ROUNDS messages each, the others receive until the end. The ring has SLOTS slots. With CLOSES somebody closes it at any moment.
 * With VICTIM only that agent stops. With STAY nobody drops an end, and each receiver wants one message.
 *
 * Checked: a claimed slot is nobody else's; no message is received twice, and those of one sender come in their order; when nobody can go on nobody sleeps, everybody has
 * come to its end, and all messages were received but one for each death.
 *
 * DEFECT plants a mistake, which must be found, with these settings:
 *   1  a slot is claimed without looking again (SENDERS=2)
 *   2  the count is read after the look (SENDERS=1)
 *   3  a dead writer is waited for (SENDERS=2 ROUNDS=1 CRASHES=1 VICTIM=0)
 *   4  a dead reader is waited for (CRASHES=1 VICTIM=1)
 *   5  a message wakes nobody (SENDERS=1)
 *   6  room wakes nobody (SENDERS=2)
 *   7  who drops the last sender wakes nobody (SENDERS=1)
 *   8  a slot is freed for the lap that has just been read (SENDERS=1)
 *   9  who receives looks whether it is closed after it has looked for a message (SENDERS=1)
 *   10  who has claimed a slot does not look whether it is closed (SENDERS=1 CLOSES=1)
 *   11  who has waited passes nothing on (STAY=1 N=4 SENDERS=2 SLOTS=2 ROUNDS=1)
 *   12  who passes over a dead writer wakes no sender (SENDERS=2 ROUNDS=1 CRASHES=1)
 *   13  who gives up a slot wakes nobody (SENDERS=2 CLOSES=1)
 *   14  a receiver that ends wakes nobody (SENDERS=1 ROUNDS=1 CLOSES=1)
 */

#ifndef N
#define N 3
#endif
#ifndef SENDERS
#define SENDERS 1
#endif
#ifndef SLOTS
#define SLOTS 1
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef CLOSES
#define CLOSES 0
#endif
#ifndef STAY
#define STAY 0
#endif
#ifndef DEFECT
#define DEFECT 0
#endif

#define SEND 0
#define RECEIVE 1

#define IDLE 0
#define READY 1
#define ENDED 2

mtype = { FREE, WRITING, FULL, READING };

typedef Slot { byte lap; mtype is = FREE; byte owner; byte from; byte round };

Slot slot[SLOTS];
byte position[2], waiting[2], count[2];
bool closed = false;
bool asleep[N], onSide[N], crash[N], stopped[N], dead[N], over[N];
byte deaths = 0, taken = 0, senders = SENDERS, receivers = N - SENDERS;
byte sent[N], next[N];

#if CRASHES
#define MORTAL unless { atomic { crash[me] -> asleep[me] = false; stopped[me] = true } }
#else
#define MORTAL
#endif

#define SLOT slot[p % SLOTS]
#define LAP (p / SLOTS)

/* Which of them is woken is left open: more than the first-in first-out list of the engine allows. */
inline notify(side) {
  atomic {
    if
    :: asleep[0] && onSide[0] == side -> asleep[0] = false
    :: asleep[1] && onSide[1] == side -> asleep[1] = false
#if N > 2
    :: asleep[2] && onSide[2] == side -> asleep[2] = false
#endif
#if N > 3
    :: asleep[3] && onSide[3] == side -> asleep[3] = false
#endif
    :: else
    fi
  }
}

inline wakeAll() {
  asleep[0] = false;
#if N > 2
  asleep[2] = false;
#endif
#if N > 3
  asleep[3] = false;
#endif
  asleep[1] = false
}

inline wake(side) {
  if
  :: waiting[side] > 0 -> count[side]++; notify(side)
  :: else
  fi
}

inline close() {
  atomic {
    if
    :: !closed ->
      closed = true;
#if DEFECT != 7
      count[SEND]++;
      count[RECEIVE]++;
      wakeAll()
#endif
    :: else
    fi
  }
}

/* Moves a position that lags behind. */
inline follow(side) {
  atomic {
    if
    :: position[side] == p -> position[side]++
    :: else
    fi
  }
}

/* Whether there is room. */
inline lookToSend() {
  do
  :: atomic {
      p = position[SEND];
      if
      :: closed -> looked = ENDED; break
      :: else
      fi
    };
    atomic {
      if
      :: SLOT.lap == LAP && SLOT.is == FREE -> looked = READY; break
      :: SLOT.lap >= LAP && !(SLOT.lap == LAP && SLOT.is == FREE) -> lags = true
      :: SLOT.lap < LAP && position[SEND] != p
#if DEFECT != 4
      :: SLOT.lap < LAP && position[SEND] == p && SLOT.is == READING && dead[SLOT.owner] -> SLOT.lap++; SLOT.is = FREE
      :: SLOT.lap < LAP && position[SEND] == p && !(SLOT.is == READING && dead[SLOT.owner]) -> nothing = true
#else
      :: SLOT.lap < LAP && position[SEND] == p -> nothing = true
#endif
      fi
    };
    atomic {
      if
      :: lags -> lags = false; follow(SEND)
      :: nothing && receivers > 0 -> nothing = false; looked = IDLE; break
      :: nothing && receivers == 0 -> nothing = false; close()
      :: else
      fi
    }
  od
}

/* Whether there is a message. */
inline lookToReceive() {
  do
  :: atomic { sees = closed; p = position[RECEIVE] };
    atomic {
      if
      :: SLOT.lap == LAP && SLOT.is == FULL -> looked = READY; break
      :: SLOT.lap > LAP || SLOT.lap == LAP && SLOT.is == READING -> lags = true
      :: SLOT.lap == LAP && SLOT.is == WRITING && position[RECEIVE] == p ->
        if
#if DEFECT != 3
        :: dead[SLOT.owner] -> SLOT.lap++; SLOT.is = FREE; freed = true
        :: !dead[SLOT.owner] -> looked = IDLE; break
#else
        :: true -> looked = IDLE; break
#endif
        fi
      :: (SLOT.lap < LAP || SLOT.lap == LAP && SLOT.is == FREE) && position[RECEIVE] == p -> nothing = true
      :: else
      fi
    };
#if DEFECT == 9
    sees = closed;
#endif
    if
    :: freed ->
      freed = false;
#if DEFECT != 12
      wake(SEND)
#endif
    :: else ->
      atomic {
        if
        :: lags -> lags = false; follow(RECEIVE)
        :: nothing && sees -> nothing = false; looked = ENDED; break
        :: nothing && !sees && senders > 0 -> nothing = false; looked = IDLE; break
        :: nothing && !sees && senders == 0 -> nothing = false; close()
        :: else
        fi
      }
    fi
  od;
  sees = false
}

inline look(side) {
  if
  :: side == SEND -> lookToSend()
  :: else -> lookToReceive()
  fi
}

inline waitOn(side) {
  atomic { waiting[side]++; waited = true };
  do
  :: true ->
#if DEFECT == 2
    look(side);
    knows = count[side];
#else
    knows = count[side];
    look(side);
#endif
    if
    :: looked != IDLE -> break
    :: else ->
      atomic {
        if
        :: count[side] == knows && deaths == known -> asleep[me] = true; onSide[me] = side; knows = 0; p = 0; looked = IDLE
        :: else -> known = deaths
        fi
      };
      !asleep[me]
    fi
  od;
  atomic { waiting[side]--; knows = 0; p = 0 }
}

/* To be called by everybody who has waited. */
inline passOn(side) {
#if DEFECT != 11
  if
  :: waited && waiting[side] > 0 ->
    look(side);
    if
#if DEFECT != 14
    :: looked == READY || side == RECEIVE && looked == ENDED -> wake(side)
#else
    :: looked == READY -> wake(side)
#endif
    :: else
    fi
  :: else
  fi;
#endif
  atomic { waited = false; looked = IDLE; p = 0 }
}

inline claim(side, wanted, taking) {
  p = position[side];
#if DEFECT == 1
  claimed = SLOT.lap == LAP && SLOT.is == wanted;
#endif
  atomic {
#if DEFECT != 1
    claimed = SLOT.lap == LAP && SLOT.is == wanted;
#endif
    if
    :: claimed ->
      SLOT.is = taking;
      SLOT.owner = me;
      if
      :: side == RECEIVE ->
        from = SLOT.from;
        assert(SLOT.round >= next[from] && SLOT.round < sent[from]);
        next[from] = SLOT.round + 1
      :: else
      fi
    :: else -> lags = SLOT.lap > LAP || SLOT.lap == LAP && SLOT.is != wanted && (side == SEND || SLOT.is == READING)
    fi
  };
  if
  :: claimed -> follow(side)
  :: !claimed && lags -> follow(side)
  :: else
  fi
}

inline drop(holders) {
#if STAY
  over[me] = true
#else
  atomic { holders--; over[me] = true };
  if
  :: holders == 0 -> close()
  :: else
  fi
#endif
}

proctype Sender(byte me) {
  byte p, knows, known, round, looked, from;
  bool waited, claimed, lags, sees, nothing, freed;
  {
    do
    :: round == ROUNDS -> break
    :: else ->
      claim(SEND, FREE, WRITING);
      if
      :: claimed ->
        claimed = false;
#if DEFECT != 10
        sees = closed;
#endif
        if
        :: sees ->
          sees = false;
          atomic { SLOT.lap++; SLOT.is = FREE };
#if DEFECT != 13
          wake(RECEIVE);
          wake(SEND);
#endif
          break
        :: else ->
          atomic {
            assert(SLOT.is == WRITING && SLOT.owner == me && SLOT.lap == LAP);
            SLOT.from = me;
            SLOT.round = round
          };
          atomic { SLOT.is = FULL; sent[me]++; round++ };
#if DEFECT != 5
          wake(RECEIVE);
#endif
          passOn(SEND)
        fi
      :: !claimed && lags -> lags = false
      :: else ->
        waitOn(SEND);
        if
        :: looked == ENDED -> looked = IDLE; break
        :: else -> looked = IDLE
        fi
      fi
    od;
    passOn(SEND);
    drop(senders);
    atomic { round = 0; known = 0 };
end:
    false
  } MORTAL
}

proctype Receiver(byte me) {
  byte p, knows, known, looked, from;
  bool waited, claimed, lags, sees, nothing, freed;
  {
    do
    :: true ->
      claim(RECEIVE, FULL, READING);
      if
      :: claimed ->
        claimed = false;
        atomic {
          assert(SLOT.is == READING && SLOT.owner == me && SLOT.lap == LAP);
          taken++;
          from = 0
        };
#if DEFECT == 8
        SLOT.is = FREE;
#else
        atomic { SLOT.lap++; SLOT.is = FREE };
#endif
#if DEFECT != 6
        wake(SEND);
#endif
        passOn(RECEIVE);
        if
        :: STAY -> break
        :: else
        fi
      :: !claimed && lags -> lags = false
      :: else ->
        waitOn(RECEIVE);
        if
        :: looked == ENDED -> looked = IDLE; break
        :: else -> looked = IDLE
        fi
      fi
    od;
    passOn(RECEIVE);
    drop(receivers);
    known = 0;
end:
    false
  } MORTAL
}

proctype Host() {
  byte victim, left = CRASHES;
end:
  do
  :: left > 0 ->
    left--;
    if
#ifdef VICTIM
    :: victim = VICTIM
#else
    :: !dead[0] -> victim = 0
    :: !dead[1] -> victim = 1
#if N > 2
    :: !dead[2] -> victim = 2
#endif
#endif
    fi;
    crash[victim] = true;
    stopped[victim];
    /* What the dead hold counts no more. */
    atomic {
      dead[victim] = true;
      if
      :: over[victim]
      :: !over[victim] && victim < SENDERS -> senders--
      :: else -> receivers--
      fi;
      deaths++;
      wakeAll()
    }
  :: left = 0; break
  od
}

#if CLOSES
proctype Closer() {
  close()
}
#endif

/* Looks at every state in which nobody can go on. */
proctype Monitor() {
  byte at;
end:
  timeout ->
  d_step {
    do
    :: at < N ->
      assert(!asleep[at] && (over[at] || dead[at]));
      assert(at >= SENDERS || closed || sent[at] == ROUNDS || dead[at]);
      at++
    :: else -> break
    od;
    assert(sent[0] + sent[1] <= taken + deaths || deaths > 0 && receivers == 0)
    /* Who closed it by hand may have come before all were sent, but only senders give up then: what was sent was received. */
  }
}

init {
  atomic {
    run Sender(0);
    if
    :: SENDERS > 1 -> run Sender(1)
    :: else -> run Receiver(1)
    fi;
#if N > 2
    run Receiver(2);
#endif
#if N > 3
    run Receiver(3);
#endif
    run Host();
#if CLOSES
    run Closer();
#endif
    run Monitor()
  }
}

/*
 * The phase-fair readers-writer lock with deaths, after its description and not after its text.
 *
 * Each agent has a record: how many readers it has inside, or that one waits and in which phase; the ticket of its writer that waits; and a word that this writer
 * sleeps on. One word for all says which writer has the turn, whether it is inside, the phase, and whether somebody waits. A reader says in its record that it is
 * inside before it looks for a writer; a writer takes the turn before it looks at the records. A reader that finds a writer waits, in the phase that it saw. The end of
 * a writer's turn changes the phase, and that lets in all who wait with the old one, without touching their records: the next writer counts them as inside. Writers
 * take turns by ticket.
 *
 * An agent may stop at any step. Later the host marks it dead and wakes every sleeper; falling asleep and counting the deaths is one step here, since the model of the
 * mutex shows how it is done. A dead writer loses the turn, dead readers do not count.
 *
 * Checked: a writer is alone; nobody sleeps for ever (an invalid end state); a lock whose writer died inside is poisoned; a reader that waits is passed by one writer
 * at most, and by those that died before they could let it in. KINDS says what each agent wants: bit n is set when agent n writes.
 *
 * DEFECT plants a mistake, which must be found, with these settings:
 *   1  a reader looks for a writer before it says that it is inside (KINDS=1 CRASHES=0)
 *   2  a writer does not wait for those whom the last phase let in (KINDS=3 CRASHES=0)
 *   3  the last reader does not wake the writer that waits for it (KINDS=1 CRASHES=0)
 *   4  a writer that leaves does not wake the readers (KINDS=1 CRASHES=0)
 *   5  nobody asks whether the writer that has the turn is alive (KINDS=1 CRASHES=1)
 *   6  dead readers count as inside (KINDS=1 CRASHES=1)
 *   7  a writer that leaves does not change the phase (KINDS=3 CRASHES=0)
 */

#define N 3
#ifndef KINDS
#define KINDS 3
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef DEFECT
#define DEFECT 0
#endif
#define AWAKE 0
#define ON_GATE 1
#define ON_WAKE 2

/* The word for all. */
byte turn = 0;
bool within = false, phase = false, waited = false, poisoned = false;
byte gate = 0, tickets = 0;

/* The records. */
bool reads[N], waits[N], phaseOf[N];
byte want[N], wake[N];

byte sleeps[N];
bool crash[N], stopped[N], dead[N], inAsReader[N], inAsWriter[N], diedInside = false;
byte deaths = 0, fallen = 0, readers = 0, writers = 0, passed[N];

/* What a look saw, and whether the word is still the same. */
#define SAME (turn == sTurn && within == sWithin && phase == sPhase && waited == sWaited)

inline lookAtWord() {
  do
  :: atomic { sTurn = turn; sWithin = within; sPhase = phase; sWaited = waited };
     if
#if DEFECT != 5
     :: sTurn != 0 && dead[sTurn - 1] ->
       atomic {
         if
         :: SAME -> poisoned = poisoned || within; turn = 0; within = false
         :: else
         fi
       }
#endif
     :: else -> break
     fi
  od
}

inline wakeWriter(who) {
  wake[who]++;
  atomic {
    if
    :: sleeps[who] == ON_WAKE -> sleeps[who] = AWAKE
    :: else
    fi
  }
}

inline wakeDrain() {
#if DEFECT != 3
  atomic { other = (turn != 0 && !within -> turn : 0) };
  if
  :: other != 0 -> wakeWriter(other - 1)
  :: else
  fi;
  other = 0
#else
  skip
#endif
}

/* `other` is the agent whose writer asked first, plus one; 0 when there is none. */
inline findFirst() {
  d_step {
    other = 0;
    at = 0;
    do
    :: at < N ->
      if
      :: want[at] != 0 && !dead[at] && (other == 0 || want[at] < want[other - 1]) -> other = at + 1
      :: else
      fi;
      at++
    :: else -> break
    od;
    at = 0
  }
}

inline wakeNext() {
#if DEFECT != 4
  gate++;
  d_step {
    at = 0;
    do
    :: at < N -> sleeps[at] = (sleeps[at] == ON_GATE -> AWAKE : sleeps[at]); at++
    :: else -> break
    od;
    at = 0
  };
#endif
  findFirst();
  if
  :: other != 0 -> wakeWriter(other - 1)
  :: else ->
    atomic {
      if
      :: turn == 0 && waited -> waited = false; sWaited = true
      :: else -> sWaited = false
      fi
    };
    if
    :: sWaited ->
      findFirst();
      if
      :: other != 0 -> wakeWriter(other - 1)
      :: else
      fi
    :: else
    fi
  fi;
  other = 0
}

inline sleepOn(kind, word, seen) {
  atomic {
    if
    :: word == seen && deaths == knows -> sleeps[me] = kind
    :: else -> knows = deaths
    fi
  };
  sleeps[me] == AWAKE
}

proctype Agent(byte me) {
  byte round, sTurn, ticket, other, at, knows;
  bool sWithin, sPhase, sWaited, before, beforePhase;
  {
    do
    :: round < ROUNDS ->
      round++;
      if
      :: KINDS & (1 << me) -> goto write
      :: else -> goto read
      fi;

read:
      ticket = gate;
      before = waits[me];
      beforePhase = phaseOf[me];
#if DEFECT != 1
      atomic { reads[me] = true; waits[me] = false };
#endif
lookAsReader:
      lookAtWord();
      if
      :: sTurn == 0 || (before && beforePhase != sPhase)
      :: else ->
        if
        :: !sWaited ->
          atomic {
            if
            :: SAME -> waited = true
            :: else -> goto lookAsReader
            fi
          }
        :: else
        fi;
        atomic { reads[me] = false; waits[me] = true; phaseOf[me] = sPhase };
        wakeDrain();
        sleepOn(ON_GATE, gate, ticket);
        goto read
      fi;
#if DEFECT == 1
      atomic { reads[me] = true; waits[me] = false };
#endif
      atomic { readers++; inAsReader[me] = true; passed[me] = 0; assert(writers == 0) };
      assert(!diedInside || poisoned);
      atomic { readers--; inAsReader[me] = false; reads[me] = false };
      wakeDrain();
      goto done;

write:
      atomic { tickets++; ticket = tickets };
      want[me] = ticket;
again:
      ticket = wake[me];
      if
      :: turn == me + 1
      :: else ->
takeTurn:
        lookAtWord();
        findFirst();
        if
        :: sTurn == 0 && other == me + 1 ->
          atomic {
            if
            :: SAME -> turn = me + 1; waited = true
            :: else -> goto takeTurn
            fi
          }
        :: else ->
          if
          :: !sWaited ->
            atomic {
              if
              :: SAME -> waited = true
              :: else -> goto takeTurn
              fi
            }
          :: else
          fi;
          other = 0;
          goto sleep
        fi
      fi;
      /* Whether the readers have left. */
      other = 0;
      do
      :: other < N ->
        if
#if DEFECT == 6
        :: reads[other] || (waits[other] && phaseOf[other] != phase) -> other = 0; goto sleep
#elif DEFECT == 2
        :: reads[other] && !dead[other] -> other = 0; goto sleep
#else
        :: (reads[other] || (waits[other] && phaseOf[other] != phase)) && !dead[other] -> other = 0; goto sleep
#endif
        :: else -> other++
        fi
      :: else -> break
      od;
      other = 0;
      goto comeIn;
sleep:
      sleepOn(ON_WAKE, wake[me], ticket);
      goto again;
comeIn:
      within = true;
      want[me] = 0;
      atomic {
        writers++;
        inAsWriter[me] = true;
        assert(writers == 1 && readers == 0);
        do
        :: at < N ->
          /* A reader that fell asleep. */
          if
          :: waits[at] && !dead[at] -> passed[at]++; assert(passed[at] <= 1 + fallen)
          :: else
          fi;
          at++
        :: else -> break
        od;
        at = 0
      };
      assert(!diedInside || poisoned);
      atomic {
        writers--;
        inAsWriter[me] = false;
        turn = 0;
        within = false;
        sWaited = waited;
#if DEFECT != 7
        phase = !phase
#endif
      };
      if
      :: sWaited -> wakeNext()
      :: else
      fi;
done:
      atomic { sTurn = 0; ticket = 0; sWithin = false; sPhase = false; sWaited = false; before = false; beforePhase = false }
    :: break
    od;
end:
    false
  } unless {
    atomic {
      crash[me] ->
      sleeps[me] = AWAKE;
      readers = (inAsReader[me] -> readers - 1 : readers);
      writers = (inAsWriter[me] -> writers - 1 : writers);
      diedInside = diedInside || inAsWriter[me];
      fallen++;
      stopped[me] = true
    }
  }
}

proctype Host() {
  byte victim, at, left = CRASHES;
end:
  do
  :: left > 0 ->
    left--;
    if
    :: victim = 0
    :: victim = 1
    :: victim = 2
    fi;
    crash[victim] = true;
    stopped[victim];
    dead[victim] = true;
    atomic {
      deaths++;
      do
      :: at < N -> sleeps[at] = AWAKE; at++
      :: else -> break
      od;
      at = 0
    }
  :: left = 0; break
  od
}

init {
  atomic {
    run Agent(0);
    run Agent(1);
    run Agent(2);
    run Host()
  }
}

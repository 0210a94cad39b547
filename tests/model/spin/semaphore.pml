/*
 * The semaphore with deaths, after its description and not after its text.
 *
 * One word: the free permits, whether somebody waits who cannot be served (QUEUED), and whether the permits of the first waiter were taken out before it was told
 * (GRANTING). Who cannot take its permits at once joins a chain and serves; whoever serves does so for everybody, strictly from the front, and whoever finds another
 * serving only asks it to go on. The chain is the truth: who finds that the server is dead serves in its place. Dead waiters are dropped. Whoever is woken and was not
 * granted serves, since the server may be dead.
 *
 * An agent may stop at any step. Later the host marks it dead and wakes every sleeper; falling asleep and counting the deaths is one step here, since the model of the
 * mutex shows how it is done. Permits of an agent that stops while it has them stay taken.
 *
 * Checked: never more permits are out than there are; when nobody can go on, the first waiter that lives does not fit, nobody sleeps outside the chain, and no permit
 * was lost. Agent n needs as many permits as NEED0, NEED1, NEED2 say.
 *
 * DEFECT plants a mistake, which must be found, with these settings:
 *   1  who serves does not look whether it was asked to go on (CRASHES=0)
 *   2  nobody serves in the place of a dead server (CRASHES=1)
 *   3  who serves says that somebody waits without looking at the permits again (CRASHES=0)
 *   4  a release does not serve (CRASHES=0)
 *   5  who is woken by a death does not serve (CRASHES=1)
 *   6  permits are taken out before the word says for whom (CRASHES=1)
 */

#define N 3
#ifndef PERMITS
#define PERMITS 2
#endif
#ifndef NEED0
#define NEED0 2
#define NEED1 1
#define NEED2 1
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef DEFECT
#define DEFECT 0
#endif

mtype = { FREE, PENDING, ASLEEP, GRANTED };

byte permits = PERMITS;
bool queued = false, granting = false;
byte server = 0;
bool asked = false;
chan line = [N] of { byte };
mtype state[N] = FREE;
byte need[N];

bool asleep[N], crash[N], stopped[N], dead[N], has[N], back[N], lost[N];
byte deaths = 0, out = 0;

inline serve() {
  atomic {
    if
    :: server == 0 -> server = me + 1; asked = false; serves = true
#if DEFECT != 2
    :: server != 0 && dead[server - 1] -> server = me + 1; asked = false; serves = true
#endif
    :: else -> asked = true; serves = false
    fi
  };
  do
  :: !serves -> break
  :: else ->
    atomic {
      if
      :: nempty(line) -> line?<first>; first++
      :: empty(line) -> first = 0
      fi
    };
    if
    :: first == 0 -> atomic { queued = false; granting = false }; leave()
    :: first != 0 && dead[first - 1] ->
      atomic {
        if
        :: granting && state[first - 1] != GRANTED -> granting = false; permits = permits + need[first - 1]
        :: else -> granting = false
        fi;
        line?_
      }
    :: else ->
      if
      :: granting -> tell()
      :: else ->
#if DEFECT == 6
        if
        :: permits >= need[first - 1] ->
          permits = permits - need[first - 1];
          granting = true;
          tell()
        :: else -> queued = true; leave()
        fi
#else
        atomic {
          if
          :: permits >= need[first - 1] -> permits = permits - need[first - 1]; granting = true; fits = true
          :: else -> fits = false
          fi
        };
        if
        :: fits -> tell()
        :: else ->
#if DEFECT == 3
          queued = true;
          leave()
#else
          atomic {
            if
            :: permits < need[first - 1] -> queued = true; fits = false
            :: else -> fits = true
            fi
          };
          if
          :: !fits -> leave()
          :: else
          fi
#endif
        fi;
        fits = false
#endif
      fi
    fi;
    first = 0
  od
}

inline leave() {
#if DEFECT == 1
  server = 0;
  serves = false
#else
  atomic {
    if
    :: server != me + 1 -> serves = false
    :: server == me + 1 && asked -> asked = false
    :: else -> server = 0; serves = false
    fi
  }
#endif
}

/* The first waiter has its permits. If the server dies on the way, the next one does the rest. */
inline tell() {
  atomic {
    if
    :: state[first - 1] == ASLEEP -> asleep[first - 1] = false
    :: else
    fi;
    if
    :: state[first - 1] != GRANTED -> state[first - 1] = GRANTED; lost[first - 1] = stopped[first - 1]
    :: else
    fi
  };
  atomic { line?_; granting = false }
}

proctype Agent(byte me) {
  byte first, knows;
  bool serves, fits;
  {
    if
    :: skip
    :: goto done
    fi;
    atomic {
      if
      :: !queued && permits >= need[me] -> permits = permits - need[me]; has[me] = true; goto inside
      :: else -> state[me] = PENDING
      fi
    };
    line!me;
    serve();
wait:
    atomic {
      if
      :: state[me] == GRANTED -> has[me] = true; goto inside
      :: state[me] != GRANTED && deaths == knows -> state[me] = ASLEEP; asleep[me] = true
      :: else -> knows = deaths
      fi
    };
endAsleep:
    !asleep[me];
    if
    :: state[me] == GRANTED
    :: else ->
#if DEFECT != 5
      serve()
#else
      skip
#endif
    fi;
    goto wait;
inside:
    atomic { out = out + need[me]; assert(out <= PERMITS) };
    atomic { out = out - need[me]; has[me] = false; permits = permits + need[me]; back[me] = true; fits = queued };
    if
    :: fits ->
#if DEFECT != 4
      fits = false;
      serve()
#else
      skip
#endif
    :: else
    fi;
done:
end:
    false
  } unless {
    atomic {
      crash[me] ->
      asleep[me] = false;
      /* What it was granted, or has, stays taken. */
      lost[me] = (has[me] || state[me] == GRANTED) && !back[me];
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
      :: at < N -> asleep[at] = false; at++
      :: else -> break
      od;
      at = 0
    }
  :: left = 0; break
  od
}

/* Looks at every state in which nobody can go on. What the dead have left in the line needs nobody's care before somebody comes. */
proctype Monitor() {
  byte at, first, gone, sleepers;
end:
  timeout ->
  d_step {
    do
    :: at < N ->
      gone = gone + (lost[at] -> need[at] : 0);
      sleepers = sleepers + asleep[at];
      at++
    :: else -> break
    od;
    at = 0;
    assert(permits + gone <= PERMITS);
    if
    :: sleepers > 0 ->
      assert(permits + gone == PERMITS && nempty(line));
      line?<first>;
      assert(!dead[first] && asleep[first] && need[first] > permits && queued && len(line) >= sleepers)
    :: sleepers == 0 && deaths == 0 -> assert(permits == PERMITS && empty(line))
    :: else
    fi
  }
}

init {
  atomic {
    need[0] = NEED0;
    need[1] = NEED1;
    need[2] = NEED2;
    run Agent(0);
    run Agent(1);
    run Agent(2);
    run Host();
    run Monitor()
  }
}

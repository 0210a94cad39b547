// tests/model/algorithms.ts
import { readFileSync } from "node:fs";
function algorithm(name, mutant) {
  const url = new URL(`../../pkg/runtime/src/sync/${name}-algorithm.ts`, import.meta.url);
  const source = readFileSync(url, "utf8");
  if (mutant === void 0) return source;
  const parts = source.split(mutant.find);
  if (parts.length !== 2) throw new Error(`the mutant "${mutant.name}" fits ${parts.length - 1} places, not one`);
  return parts.join(mutant.replace);
}

// tests/model/liveness.ts
function readsOf(text) {
  return [...text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1]));
}
function liveness(code) {
  const live = code.map(() => /* @__PURE__ */ new Set());
  for (let changed = true; changed; ) {
    changed = false;
    for (let pc = code.length - 1; pc >= 0; pc--) {
      const set = live[pc];
      const before = set.size;
      for (const next of followers(code, pc))
        for (const slot of live[next]) if (slot !== code[pc].writes) set.add(slot);
      for (const slot of code[pc].reads) set.add(slot);
      if (set.size !== before) changed = true;
    }
  }
  return live.map((set) => [...set].sort((a, b) => a - b));
}
function reaches(code, is) {
  const found = code.map(is);
  for (let changed = true; changed; ) {
    changed = false;
    for (let pc = code.length - 1; pc >= 0; pc--) {
      if (found[pc] || !followers(code, pc).some((next) => found[next])) continue;
      found[pc] = changed = true;
    }
  }
  return found;
}
function followers(code, pc) {
  const instruction = code[pc];
  if (instruction.op === "end") return [];
  if (instruction.op === "jump") return [instruction.target];
  return instruction.op === "branch" ? [pc + 1, instruction.target] : [pc + 1];
}

// tests/model/texts.ts
import { parseSync } from "vite";
var WITHOUT_EFFECT = /* @__PURE__ */ new Set(["ImportDeclaration", "TSTypeAliasDeclaration", "TSInterfaceDeclaration"]);
function readTexts(sources, values = {}) {
  const functions = /* @__PURE__ */ new Map();
  const constants = new Map([...Object.entries(values), ["Infinity", Infinity]]);
  for (const source of sources) {
    const { program, errors } = parseSync("text.ts", source);
    if (errors.length > 0) throw new Error(`cannot parse: ${errors[0].message}`);
    for (const statement of program.body) {
      const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
      if (node === null) continue;
      if (node.type === "FunctionDeclaration") functions.set(node.id.name, { node, source });
      else if (node.type === "VariableDeclaration") {
        for (const { id, init } of node.declarations)
          if (!(id.name in values)) constants.set(id.name, constant(source.slice(init.start, init.end), constants));
      } else if (!WITHOUT_EFFECT.has(node.type)) throw new Error(`cannot compile ${node.type}`);
    }
  }
  return { functions, constants };
}
function constant(text, known) {
  if (!/^[-+*/%~|&^()<>\s\w.]+$/.test(text)) return NaN;
  const numbers = text.replace(/\b[A-Za-z_]\w*/g, (name) => String(known.get(name) ?? "NaN"));
  try {
    return Number(new Function(`return ${numbers}`)());
  } catch {
    return NaN;
  }
}
function assignedNames(node, names = /* @__PURE__ */ new Set()) {
  if (node === null || typeof node !== "object") return names;
  if (node.type === "AssignmentExpression") names.add(node.left.name);
  if (node.type === "UpdateExpression") names.add(node.argument.name);
  for (const part of Object.values(node)) assignedNames(part, names);
  return names;
}

// tests/model/compile.ts
var ARGUMENTS = {
  load: 2,
  store: 3,
  compareExchange: 4,
  exchange: 3,
  add: 3,
  sub: 3,
  and: 3,
  or: 3,
  xor: 3,
  notify: 3
};
var MEMORY = /* @__PURE__ */ new Set(["words", "ring"]);
var INTRINSICS = /* @__PURE__ */ new Set(["wait", "block", "isOver", "enter", "leave", "assert", "notifyEvery"]);
function compile(texts, name, args) {
  const compiler = new Compiler(texts);
  compiler.call(name, ["0", ...args.map(String)], "");
  const { code, locals } = compiler.finish();
  return { code, locals, live: liveness(code) };
}
var Compiler = class {
  texts;
  code = [];
  frames = [];
  /** Locals are given out like a stack: those of a block end with it. */
  top = 0;
  locals = 0;
  constructor(texts) {
    this.texts = texts;
  }
  finish() {
    this.emit({ op: "end" }, "end", []);
    return { code: this.code, locals: this.locals };
  }
  /** Pastes a call in. The result, as an expression. */
  call(name, args, line) {
    const found = this.texts.functions.get(name);
    if (found === void 0) throw new Error(`cannot compile the call of ${name}: ${line}`);
    if (this.frames.some((frame2) => frame2.name === name)) throw new Error(`cannot compile a recursive ${name}`);
    const result = this.local();
    const before = this.top;
    const scope = /* @__PURE__ */ new Map();
    const assigned = assignedNames(found.node.body);
    found.node.params.forEach((param, index) => {
      if (MEMORY.has(param.name)) return;
      if (/^\$?\d+$/.test(args[index]) && !assigned.has(param.name)) return void scope.set(param.name, args[index]);
      const slot = this.local();
      this.set(slot, args[index], line);
      scope.set(param.name, `$${slot}`);
    });
    const frame = { scope: [scope], source: found.source, result, returns: [], loops: [], name };
    this.frames.push(frame);
    this.statement(found.node.body);
    this.frames.pop();
    for (const jump of frame.returns) jump.target = this.code.length;
    this.top = before;
    return `$${result}`;
  }
  get frame() {
    return this.frames[this.frames.length - 1];
  }
  text(node) {
    return this.frame.source.slice(node.start, node.end);
  }
  local() {
    this.locals = Math.max(this.locals, this.top + 1);
    return this.top++;
  }
  statement(node) {
    switch (node.type) {
      case "BlockStatement": {
        const before = this.top;
        this.frame.scope.push(/* @__PURE__ */ new Map());
        for (const inner of node.body) this.statement(inner);
        this.frame.scope.pop();
        this.top = before;
        return;
      }
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          const slot = this.local();
          this.keeping(() => this.set(slot, this.expression(init), this.text(node)));
          this.frame.scope[this.frame.scope.length - 1].set(id.name, `$${slot}`);
        }
        return;
      case "ExpressionStatement":
        return this.keeping(() => this.effectOrAssignment(node.expression));
      case "IfStatement": {
        const otherwise = this.branch(node.test);
        this.statement(node.consequent);
        if (node.alternate === null) return this.land(otherwise);
        const end = this.jump("else");
        this.land(otherwise);
        this.statement(node.alternate);
        return this.land(end);
      }
      case "WhileStatement":
        return this.loop(node.test, null, node.body);
      case "DoWhileStatement":
        return this.doLoop(node.test, node.body);
      case "ForStatement": {
        const before = this.top;
        this.frame.scope.push(/* @__PURE__ */ new Map());
        if (node.init !== null) this.statement(node.init);
        this.loop(node.test, node.update, node.body);
        this.frame.scope.pop();
        this.top = before;
        return;
      }
      case "BreakStatement":
        this.innermost().breaks.push(this.jump("break"));
        return;
      case "ContinueStatement":
        this.innermost().continues.push(this.jump("continue"));
        return;
      case "ReturnStatement":
        if (node.argument !== null)
          this.keeping(() => this.set(this.frame.result, this.expression(node.argument), this.text(node)));
        this.frame.returns.push(this.jump("return"));
        return;
      default:
        throw new Error(`cannot compile ${node.type}: ${this.text(node)}`);
    }
  }
  innermost() {
    return this.frame.loops[this.frame.loops.length - 1];
  }
  loop(test2, update, body) {
    const start = this.code.length;
    const end = test2 === null ? void 0 : this.branch(test2);
    const loop = { breaks: [], continues: [] };
    this.frame.loops.push(loop);
    this.statement(body);
    this.frame.loops.pop();
    for (const jump of loop.continues) this.land(jump);
    if (update !== null) this.keeping(() => this.effectOrAssignment(update));
    this.jump("loop").target = start;
    if (end !== void 0) this.land(end);
    for (const jump of loop.breaks) this.land(jump);
  }
  doLoop(test2, body) {
    const start = this.code.length;
    const loop = { breaks: [], continues: [] };
    this.frame.loops.push(loop);
    this.statement(body);
    this.frame.loops.pop();
    for (const jump of loop.continues) this.land(jump);
    const end = this.branch(test2);
    this.jump("loop").target = start;
    this.land(end);
    for (const jump of loop.breaks) this.land(jump);
  }
  /** Temporaries made in `work` end with it. */
  keeping(work) {
    const before = this.top;
    const result = work();
    this.top = before;
    return result;
  }
  effectOrAssignment(node) {
    if (node.type === "UpdateExpression") {
      const counter = Number(this.lookUp(node.argument).slice(1));
      return this.set(counter, `$${counter} ${node.operator[0]} 1`, this.text(node));
    }
    if (node.type !== "AssignmentExpression") {
      this.expression(node);
      return;
    }
    const slot = Number(this.lookUp(node.left).slice(1));
    const operator = node.operator.slice(0, -1);
    const right = this.expression(node.right);
    this.set(slot, operator === "" ? right : `$${slot} ${operator} (${right})`, this.text(node));
  }
  /** A branch that is taken when `test` is false; where to, `land` says. */
  branch(test2) {
    return this.keeping(() => {
      const value = this.expression(test2);
      return this.emit({ op: "branch", value, target: -1 }, this.text(test2), readsOf(value));
    });
  }
  jump(line) {
    return this.emit({ op: "jump", target: -1 }, line, []);
  }
  land(instruction) {
    ;
    instruction.target = this.code.length;
  }
  set(slot, value, line) {
    this.emit({ op: "set", value }, line, readsOf(value), slot);
  }
  emit(what, line, reads, writes = -1) {
    const name = this.frames.length > 0 ? this.frame.name : "scenario";
    const instruction = { ...what, line: `${name}: ${line.replace(/\s+/g, " ")}`, reads, writes };
    this.code.push(instruction);
    return instruction;
  }
  lookUp(node) {
    for (let index = this.frame.scope.length - 1; index >= 0; index--) {
      const slot = this.frame.scope[index].get(node.name);
      if (slot !== void 0) return slot;
    }
    const constant2 = this.texts.constants.get(node.name);
    if (constant2 === void 0 || Number.isNaN(constant2)) throw new Error(`cannot compile the name ${node.name}`);
    return String(constant2);
  }
  /** A pure expression over locals (`$3`); accesses of shared memory in it are emitted first, in the order of evaluation. */
  expression(node) {
    switch (node.type) {
      case "Literal":
        return String(typeof node.value === "boolean" ? Number(node.value) : node.value);
      case "Identifier":
        return this.lookUp(node);
      case "ParenthesizedExpression":
      case "TSAsExpression":
      case "TSNonNullExpression":
        return this.expression(node.expression);
      case "UnaryExpression":
        return `(${node.operator}${this.expression(node.argument)})`;
      case "BinaryExpression": {
        const left = this.expression(node.left);
        return `(${left} ${node.operator} ${this.expression(node.right)})`;
      }
      case "LogicalExpression":
        return this.logical(node);
      case "ConditionalExpression":
        return this.conditional(node);
      case "AwaitExpression":
        if (node.argument.type !== "CallExpression") break;
        return this.callExpression(node.argument, true);
      case "CallExpression":
        return this.callExpression(node, false);
    }
    throw new Error(`cannot compile ${node.type}: ${this.text(node)}`);
  }
  logical(node) {
    const slot = this.local();
    const left = this.expression(node.left);
    this.set(slot, left, this.text(node.left));
    const skipOn = node.operator === "&&" ? `$${slot}` : `!$${slot}`;
    const skip = this.emit({ op: "branch", value: skipOn, target: -1 }, this.text(node), [slot]);
    this.set(slot, this.expression(node.right), this.text(node.right));
    this.land(skip);
    return `$${slot}`;
  }
  conditional(node) {
    const slot = this.local();
    const otherwise = this.branch(node.test);
    this.keeping(() => this.set(slot, this.expression(node.consequent), this.text(node.consequent)));
    const end = this.jump("else");
    this.land(otherwise);
    this.keeping(() => this.set(slot, this.expression(node.alternate), this.text(node.alternate)));
    this.land(end);
    return `$${slot}`;
  }
  callExpression(node, awaited) {
    const line = this.text(node);
    const { callee } = node;
    const member = callee.type === "MemberExpression" && callee.object.name === "Atomics";
    const name = member ? callee.property.name : callee.name;
    const args = node.arguments.map((arg) => MEMORY.has(arg.name) ? "0" : this.expression(arg));
    if (member) {
      if (ARGUMENTS[name] !== args.length || !MEMORY.has(node.arguments[0].name))
        throw new Error(`cannot compile ${line}`);
      return this.effect(name, args.slice(1), line);
    }
    if (INTRINSICS.has(name) && !this.texts.functions.has(name)) {
      if (awaited !== (name === "wait")) throw new Error(`cannot compile ${line}: only \`wait\` is awaited`);
      return this.intrinsic(name, args, line);
    }
    const callsAsync = this.texts.functions.get(name)?.node.async === true;
    if (callsAsync !== awaited) throw new Error(`cannot compile ${line}: await what is async, and nothing else`);
    return this.call(name, args, line);
  }
  intrinsic(name, args, line) {
    switch (name) {
      case "wait":
        return this.effect("sleep", args.slice(1, 3), line, "awaits");
      case "block":
        return this.effect("sleep", args.slice(1, 3), line, args.length > 3 ? "blocks until" : "blocks");
      case "isOver":
      case "notifyEvery":
        return this.effect(name, [], line);
      case "leave":
        return this.effect(name, args, line);
      case "enter":
        this.emit({ op: "enter", args }, line, args.flatMap(readsOf));
        return "0";
      default:
        this.emit({ op: "assert", value: args[0] }, line, readsOf(args[0]));
        return "0";
    }
  }
  effect(effect, args, line, sleep) {
    const slot = this.local();
    this.emit({ op: "effect", effect, args, sleep }, line, args.flatMap(readsOf), slot);
    return `$${slot}`;
  }
};

// tests/model/layout.ts
var SLOTS = 4;
var LIFE = 0;
var SLEEPS = 1;
var SLOT_WORDS = 2;
var AGENTS = 2;
var FIRST_WORD = AGENTS + SLOTS * SLOT_WORDS;
var DEATHS = 1;
var LAYOUT = `
const NEXT_WORD = 0
const DEATHS = ${DEATHS}
const AGENTS = ${AGENTS}
const AGENT_SLOTS = ${SLOTS}
const AGENT_WORDS = ${SLOT_WORDS}
const SLOT_BITS = 2
const GENERATIONS = 4
const AGENT_LIFE = ${LIFE}
const AGENT_SLEEPS = ${SLEEPS}
const FIRST_WORD = ${FIRST_WORD}
const ARENA_WORDS = 255
`;
var agentIn = (slot) => 1 << 2 | slot;
var slotWord = (slot, word) => AGENTS + slot * SLOT_WORDS + word;
function arenaOf(slots, words) {
  const memory = Array.from({ length: FIRST_WORD + words }, () => 0);
  memory[0] = memory.length;
  for (const slot of slots) memory[slotWord(slot, LIFE)] = 1 << 2 | 1;
  return memory;
}

// tests/model/deaths.ts
var SLEEPS2 = `
async function waitCounting(words, index, value) {
  if (fallAsleep(words, SELF, Atomics.load(words, SEEN))) {
    await wait(words, index, value)
    wakeUp(words, SELF)
  } else { Atomics.store(words, SEEN, Atomics.load(words, DEATHS)) }
}
function blockCounting(words, index, value, deadline) {
  let woken = true
  if (fallAsleep(words, SELF, Atomics.load(words, SEEN))) {
    woken = block(words, index, value, deadline)
    wakeUp(words, SELF)
  } else { Atomics.store(words, SEEN, Atomics.load(words, DEATHS)) }
  return woken
}
function wakeEverybody(words) { notifyEvery(words) }
function announces(words, agent) {
  announceDeath(words, agent)
  while (someoneMissed(words)) { wakeEverybody(words) }
}
`;
var AT = FIRST_WORD;
var agentOf = (thread) => agentIn(thread + 1);
function mortal({ texts, calls, words, agents, immortal = false }) {
  const agentNumber = (thread) => agents?.[thread] ?? thread;
  const sources = immortal ? texts : texts.map(counting);
  const seen = (thread) => AT + words + agentNumber(thread);
  const textsOf = (thread) => readTexts([LAYOUT, algorithm("agent"), SLEEPS2, ...sources], {
    SELF: agentOf(agentNumber(thread)),
    SEEN: seen(thread)
  });
  const program = (thread, [name, ...args]) => compile(textsOf(thread), name, args);
  const numbers = calls.map((_, thread) => agentNumber(thread));
  return {
    programs: calls.map((call, thread) => program(thread, call)),
    memory: arenaOf(
      [...new Set(numbers)].map((number) => number + 1),
      words + (immortal ? 0 : Math.max(...numbers) + 1)
    ),
    program,
    announce: (thread) => program(thread, ["announces", agentOf(agentNumber(thread))])
  };
}
function counting(text) {
  return text.replaceAll("await wait(", "await waitCounting(").replaceAll(/\bblock\(/g, "blockCounting(");
}

// tests/model/report.ts
import { appendFileSync, mkdirSync } from "node:fs";

// ../../../tmp/locks/shim.mjs
var filter = new RegExp(process.env.ONLY ?? ".");
var queue = [];
var prefix = "";
var describe = (n, f) => {
  prefix = n + " > ";
  f();
};
var test = (n, f) => {
  const name = prefix + n;
  if (filter.test(name)) queue.push([name, f]);
};
var afterAll = () => {
};
var expect = (v, m) => ({ toBeUndefined() {
  if (v !== void 0) throw new Error(v + "\n" + String(m).split("\n").slice(-25).join("\n"));
}, toBeDefined() {
  if (v === void 0) throw new Error("nobody caught it");
}, toMatch() {
}, toBe() {
} });
setTimeout(async () => {
  for (const [n, f] of queue) {
    const t = Date.now();
    try {
      await f();
      console.log("ok  ", n, Date.now() - t);
    } catch (e) {
      console.log("FAIL", n, Date.now() - t, e.message.slice(0, 3e3));
    }
  }
});

// tests/model/machine.ts
var ABSENT = 0;
var RUNNING = 1;
var ASLEEP = 2;
var WOKEN = 3;
var DONE = 4;
var CRASHED = 5;
var STATUS = 0;
var PLACE = 1;
var OVER = 3;
var MINE = 4;
var OVERTAKEN = 5;
var LOCALS = 6;
var NOBODY = 255;
var PLAIN = 160;
var Machine = class {
  /** The state, as bytes and as the 32-bit numbers that are kept and compared. */
  state;
  row;
  bases = [];
  budgets;
  /** What a step that was just done violates. */
  broken;
  bodies;
  slots;
  queue;
  places;
  held;
  numbers = new Int32Array(256);
  codes = /* @__PURE__ */ new Map();
  runs;
  /** How often a waiter may be overtaken; -1 to count nothing. */
  overtakes;
  constructor(memory, bodies, budgets, overtakes) {
    this.bodies = bodies;
    this.overtakes = overtakes;
    this.slots = new Int16Array(Math.max(...memory.keys()) + 1).fill(-1);
    this.queue = memory.size;
    this.places = this.queue + bodies.length;
    this.held = this.places + bodies.length;
    this.budgets = this.held + 1;
    let size = this.budgets + budgets.length;
    for (const { program } of bodies) {
      this.bases.push(size);
      size += LOCALS + program.locals;
    }
    this.row = new Int32Array(Math.ceil(size / 4));
    this.state = new Uint8Array(this.row.buffer);
    for (let code = 0; code < PLAIN; code++) this.numbers[code] = code;
    let slot = 0;
    for (const [address, value] of memory) {
      this.slots[address] = slot;
      this.state[slot++] = this.code(value);
    }
    this.state.fill(NOBODY, this.queue, this.places);
    this.state.set(budgets, this.budgets);
    this.runs = bodies.map(({ program }, index) => this.generate(program, index));
    for (const [index, { standsBy }] of bodies.entries()) if (!standsBy) this.begin(index);
  }
  word(address) {
    const slot = this.slots[address] ?? -1;
    if (slot === -1) throw new Error(`word ${address} does not exist`);
    return this.numbers[this.state[slot]];
  }
  status(body) {
    return this.state[this.bases[body] + STATUS];
  }
  place(body) {
    const base = this.bases[body];
    return this.state[base + PLACE] | this.state[base + PLACE + 1] << 8;
  }
  instruction(body) {
    return this.bodies[body].program.code[this.place(body)];
  }
  /** How much is held by all threads. */
  get heldNow() {
    return this.state[this.held];
  }
  /** Starts a body that stood by. */
  begin(body) {
    this.state[this.bases[body] + STATUS] = RUNNING;
    this.runs[body](0, false);
  }
  /** The next step of a body that is running or woken. */
  step(body) {
    const base = this.bases[body];
    if (this.state[base] === WOKEN) {
      this.state[base] = RUNNING;
      return this.runs[body](this.place(body), false);
    }
    this.runs[body](this.place(body), true);
  }
  /** Ends the sleep of a body; its `wait` or `block` gives `result`. */
  wake(body, result, at = this.state.indexOf(body, this.queue)) {
    const { state } = this;
    state.copyWithin(at, at + 1, this.places);
    state[this.places - 1] = NOBODY;
    const place = at + this.bodies.length;
    state.copyWithin(place, place + 1, this.held);
    state[this.held - 1] = 0;
    const base = this.bases[body];
    const { program, lingers } = this.bodies[body];
    const next = this.place(body) + 1;
    const { writes } = program.code[next - 1];
    if (program.live[next].includes(writes)) state[base + LOCALS + writes] = result;
    if (!lingers) {
      state[base] = RUNNING;
      return this.runs[body](next, false);
    }
    state[base] = WOKEN;
    state[base + PLACE] = next & 255;
    state[base + PLACE + 1] = next >> 8;
    for (let local = 0; local < program.locals; local++)
      if (!program.live[next].includes(local)) state[base + LOCALS + local] = 0;
  }
  /** Stops a body for good, wherever it is. */
  crash(body) {
    const { state } = this;
    const base = this.bases[body];
    const at = state.indexOf(body, this.queue);
    if (state[base] === ASLEEP) {
      state.copyWithin(at, at + 1, this.places);
      state[this.places - 1] = NOBODY;
      const place = at + this.bodies.length;
      state.copyWithin(place, place + 1, this.held);
      state[this.held - 1] = 0;
    }
    state[this.held] = this.code(this.numbers[state[this.held]] - this.numbers[state[base + MINE]]);
    state.fill(0, base, base + LOCALS + this.bodies[body].program.locals);
    state[base] = CRASHED;
  }
  code(value) {
    if (value >= 0 && value < PLAIN) return value;
    const known = this.codes.get(value);
    if (known !== void 0) return known;
    const code = PLAIN + this.codes.size;
    if (!Number.isInteger(value) || code > 255) throw new Error(`the state has no room for the number ${value}`);
    this.codes.set(value, code);
    this.numbers[code] = value;
    return code;
  }
  /** Called by generated code, as the next four are. */
  slot(address) {
    const slot = this.slots[address] ?? -1;
    if (slot === -1) throw new Error(`word ${address} does not exist`);
    return slot;
  }
  /** Behind those that sleep on the same word. Different words are kept sorted, since their order means nothing. */
  sleep(body, slot) {
    const { state } = this;
    state[this.bases[body]] = ASLEEP;
    if (this.overtakes >= 0 && state[this.bases[body] + OVERTAKEN] === 0) state[this.bases[body] + OVERTAKEN] = 1;
    let at = 0;
    while (state[this.queue + at] !== NOBODY && state[this.places + at] <= slot) at++;
    state.copyWithin(this.queue + at + 1, this.queue + at, this.places - 1);
    state.copyWithin(this.places + at + 1, this.places + at, this.held - 1);
    state[this.queue + at] = body;
    state[this.places + at] = slot;
  }
  notify(slot, count2) {
    const { state } = this;
    let woken = 0;
    for (let at = 0; at < this.bodies.length && woken < count2; ) {
      const body = state[this.queue + at];
      if (body === NOBODY) break;
      if (state[this.places + at] === slot) {
        this.wake(body, 1, this.queue + at);
        woken++;
      } else at++;
    }
    return woken;
  }
  notifyEvery() {
    let woken = 0;
    for (; this.state[this.queue] !== NOBODY; woken++) this.wake(this.state[this.queue], 1, this.queue);
    return woken;
  }
  hold(body, count2) {
    const { state } = this;
    const base = this.bases[body];
    state[this.held] = this.code(this.numbers[state[this.held]] + count2);
    state[base + MINE] = this.code(this.numbers[state[base + MINE]] + count2);
    if (count2 < 0 || this.overtakes < 0) return;
    state[base + OVERTAKEN] = 0;
    for (const [other, waiting] of this.bases.entries()) {
      const times = state[waiting + OVERTAKEN];
      if (times === 0 || other === body) continue;
      if (times > this.overtakes) this.broken = `thread ${other} was overtaken ${times} times`;
      else state[waiting + OVERTAKEN] = times + 1;
    }
  }
  /** The program as one function over the state: with `go`, it does the effect at `place`, then goes on to the next one and stays in front of it. */
  generate(program, body) {
    const base = this.bases[body];
    const cases = program.code.map((instruction, place) => {
      return `case ${place}: ${generateStep(instruction, { base, body, place, live: program.live[place + 1] ?? [] })}`;
    });
    const stops = program.live.map((live, place) => {
      if (program.code[place].op !== "effect") return "";
      const dead = Array.from({ length: program.locals }, (_, local) => local).filter((local) => !live.includes(local));
      return `case ${place}: ${dead.map((local) => `s[${base + LOCALS + local}] = `).join("")}0; break;`;
    });
    const text = `
      const s = machine.state, n = machine.numbers
      const stop = (place) => {
        s[${base + PLACE}] = place & 255; s[${base + PLACE + 1}] = place >> 8
        switch (place) { ${stops.join("\n")} }
      }
      return (place, go) => { for (;;) switch (place) { ${cases.join("\n")} } }`;
    const end = () => {
      const mine = this.state[base + MINE];
      this.state.fill(0, base, base + LOCALS + program.locals);
      this.state[base] = DONE;
      this.state[base + MINE] = mine;
    };
    return new Function("machine", "end", text)(this, end);
  }
};
function generateStep(instruction, site) {
  const read = (text) => text.replace(/\$(\d+)/g, (_, local) => `n[s[${site.base + LOCALS + Number(local)}]]`);
  const write = (value) => site.live.includes(instruction.writes) ? `s[${site.base + LOCALS + instruction.writes}] = ${value};` : "";
  switch (instruction.op) {
    case "end":
      return "end(); return";
    case "jump":
      return `place = ${instruction.target}; continue`;
    case "branch":
      return `if (!(${read(instruction.value)})) { place = ${instruction.target}; continue }`;
    case "set":
      return write(`machine.code(+(${read(instruction.value)}))`);
    case "enter":
      return `machine.hold(${site.body}, ${read(instruction.args[0])})`;
    case "assert":
      return `if (!(${read(instruction.value)})) machine.broken = ${JSON.stringify(`false: ${instruction.line}`)}`;
  }
  const [first = "0", second = "0", third = "0"] = instruction.args.map(read);
  const to = (value) => `s[w] = machine.code((${value}) | 0);`;
  const effects = {
    load: () => write("s[w]"),
    store: () => to(second) + write("s[w]"),
    compareExchange: () => `const x = s[w]; if (n[x] === ((${second}) | 0)) ${to(third)} ${write("x")}`,
    exchange: () => `const x = s[w]; ${to(second)} ${write("x")}`,
    add: () => `const x = s[w]; ${to(`n[x] + (${second})`)} ${write("x")}`,
    sub: () => `const x = s[w]; ${to(`n[x] - (${second})`)} ${write("x")}`,
    and: () => `const x = s[w]; ${to(`n[x] & (${second})`)} ${write("x")}`,
    or: () => `const x = s[w]; ${to(`n[x] | (${second})`)} ${write("x")}`,
    xor: () => `const x = s[w]; ${to(`n[x] ^ (${second})`)} ${write("x")}`,
    notify: () => `const x = machine.notify(w, ${second}); ${write("x")}`,
    notifyEvery: () => `const x = machine.notifyEvery(); ${write("x")}`,
    isOver: () => write(`s[${site.base + OVER}]`),
    leave: () => `machine.hold(${site.body}, -(${first}));`,
    sleep: () => `if (${instruction.sleep === "blocks until" ? `s[${site.base + OVER}] === 0 && ` : ""}n[s[w]] === ((${second}) | 0)) {
        machine.sleep(${site.body}, w); return
      } ${write(instruction.sleep === "blocks until" ? `n[s[w]] === ((${second}) | 0) ? 0 : 1` : "1")}`
  };
  const touches = !["notifyEvery", "isOver", "leave"].includes(instruction.effect);
  return `if (!go) return stop(${site.place}); go = false; ${touches ? `{ const w = machine.slot(${first});` : "{"} ${effects[instruction.effect]()} }`;
}

// tests/model/seen.ts
var Seen = class {
  /** How many rows there are. */
  size = 0;
  width;
  chunks = [];
  /** For each place two numbers, side by side since both are read: the hash of a row, and its number plus one, which is 0 where there is none. */
  table = new Int32Array(1 << 17);
  /** @param width the length of a row, in 32-bit numbers */
  constructor(width) {
    this.width = width;
  }
  /** Adds a row. Its number if it is new, else -1. */
  add(row) {
    if (this.size * 4 >= this.table.length) this.grow();
    const { table: table2 } = this;
    const mask = table2.length - 1;
    const code = hash(row, this.width);
    let place = code << 1 & mask;
    for (let entry = table2[place + 1]; entry !== 0; entry = table2[place + 1]) {
      if (table2[place] === code && this.equals(entry - 1, row)) return -1;
      place = place + 2 & mask;
    }
    const number = this.size++;
    table2[place] = code;
    table2[place + 1] = number + 1;
    this.put(number, row);
    return number;
  }
  /** Copies a row to `target`. */
  read(number, target) {
    const chunk = this.chunks[number >> CHUNK_BITS];
    const start = (number & CHUNK_MASK) * this.width;
    for (let index = 0; index < this.width; index++) target[index] = chunk[start + index];
  }
  put(number, row) {
    const chunk = this.chunks[number >> CHUNK_BITS] ??= new Int32Array(this.width << CHUNK_BITS);
    const start = (number & CHUNK_MASK) * this.width;
    for (let index = 0; index < this.width; index++) chunk[start + index] = row[index];
  }
  equals(number, row) {
    const chunk = this.chunks[number >> CHUNK_BITS];
    const start = (number & CHUNK_MASK) * this.width;
    for (let index = 0; index < this.width; index++) if (chunk[start + index] !== row[index]) return false;
    return true;
  }
  grow() {
    const old = this.table;
    const table2 = new Int32Array(old.length * 4);
    const mask = table2.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let place = old[from] << 1 & mask;
      while (table2[place + 1] !== 0) place = place + 2 & mask;
      table2[place] = old[from];
      table2[place + 1] = old[from + 1];
    }
    this.table = table2;
  }
};
var CHUNK_BITS = 14;
var CHUNK_MASK = (1 << CHUNK_BITS) - 1;
function hash(words, length) {
  let sum = 0;
  for (let index = 0; index < length; index++) {
    sum = Math.imul(sum ^ words[index], 2654435761);
    sum ^= sum >>> 15;
  }
  sum = Math.imul(sum, 2246822507);
  return sum ^ sum >>> 13;
}

// tests/model/explore.ts
function explore(scenario2, maxStates = 1e7) {
  return new Explorer(scenario2).run(maxStates);
}
var SPURIOUS = 0;
var CRASHES = 1;
var CLOCK = 2;
var LAST = 3;
var PREEMPTIONS = 4;
var Explorer = class {
  scenario;
  machine;
  choices;
  /** For each thread, the bodies of its interrupts. */
  interrupts;
  agents;
  bodies;
  view;
  constructor(scenario2) {
    const { programs, crash, interrupts = [], memory } = scenario2;
    this.scenario = scenario2;
    this.agents = crash === void 0 ? [] : crash.agents ?? programs.map((_, thread) => [thread]);
    const lingering = /* @__PURE__ */ new Set([...scenario2.mayStall ?? [], ...interrupts.map(({ thread }) => thread)]);
    this.bodies = [
      ...programs.map((program, index) => ({ program, standsBy: false, lingers: lingering.has(index) })),
      ...this.agents.map(([thread]) => ({ program: crash.announce(thread), standsBy: true, lingers: false })),
      ...interrupts.map(({ program }) => ({ program, standsBy: true, lingers: false }))
    ];
    const firstInterrupt = programs.length + this.agents.length;
    this.interrupts = programs.map(
      (_, thread) => interrupts.flatMap((interrupt, index) => interrupt.thread === thread ? [firstInterrupt + index] : [])
    );
    const words = new Map(Object.entries(memory).map(([address, value]) => [Number(address), value]));
    const budgets = [scenario2.spurious, crash?.times ?? 0, scenario2.clock?.times ?? 0, 0, 0];
    const machine = new Machine(words, this.bodies, budgets, scenario2.overtakes ?? -1);
    this.machine = machine;
    this.choices = [
      ...this.bodies.map((_, body) => this.stepOf(body)),
      ...programs.flatMap((_, thread) => scenario2.spurious === 0 ? [] : [this.wakeUpOf(thread)]),
      ...this.agents.map((_, agent) => this.crashOf(agent)),
      ...programs.flatMap((_, thread) => scenario2.clock === void 0 ? [] : [this.timeOf(thread, scenario2.clock)]),
      ...interrupts.map(({ thread, name }, index) => this.interruptOf(thread, firstInterrupt + index, name))
    ];
    const threads = programs.map((_, thread) => ({
      get done() {
        return machine.status(thread) === DONE;
      },
      get asleep() {
        return machine.status(thread) === ASLEEP;
      },
      get crashed() {
        return machine.status(thread) === CRASHED;
      }
    }));
    this.view = { word: (index) => machine.word(index), threads };
  }
  run(maxStates) {
    const { machine, choices } = this;
    const seen = new Seen(machine.row.length);
    const stack = [seen.add(machine.row)];
    const next = [0];
    let fault = machine.broken ?? this.fault();
    while (stack.length > 0 && fault === void 0) {
      const top = stack.length - 1;
      seen.read(stack[top], machine.row);
      let choice = next[top];
      while (choice < choices.length && !choices[choice].possible()) choice++;
      next[top] = choice + 1;
      if (choice === choices.length) {
        stack.pop();
        next.pop();
        continue;
      }
      fault = this.take(choices[choice]);
      const state = seen.add(machine.row);
      if (state === -1 && fault === void 0) continue;
      fault ??= this.fault();
      if (fault !== void 0) break;
      if (seen.size > maxStates)
        return { states: seen.size, fault: `more than ${maxStates} states`, complete: false, path: [] };
      stack.push(state);
      next.push(0);
    }
    const path = fault === void 0 ? [] : this.tell(seen, stack, next);
    return { states: seen.size, fault, complete: true, path };
  }
  /** Changes the state. What is wrong with the step itself: an assertion, or an access of a word that does not exist. */
  take(choice) {
    try {
      choice.take();
    } catch (error) {
      return error.message;
    }
    return this.machine.broken;
  }
  tell(seen, stack, next) {
    const steps = stack.map((state, index) => {
      seen.read(state, this.machine.row);
      return this.choices[next[index] - 1]?.tell() ?? "start";
    });
    return ["start", ...steps];
  }
  /** What is wrong with this state. */
  fault() {
    const { machine, scenario: scenario2 } = this;
    if (machine.heldNow > scenario2.capacity) return `${machine.heldNow} held at the same time`;
    for (let body = 0; body < this.bodies.length; body++) {
      const status = machine.status(body);
      if (status === RUNNING || status === WOKEN && !this.stalls(body)) return void 0;
    }
    return scenario2.atRest(this.view);
  }
  stalls(thread) {
    return this.scenario.mayStall?.includes(thread) === true;
  }
  budget(which) {
    return this.machine.state[this.machine.budgets + which];
  }
  spend(which, change) {
    this.machine.state[this.machine.budgets + which] += change;
  }
  /** Whether a thread can go on and nothing else keeps its agent busy. */
  canStep(body) {
    const status = this.machine.status(body);
    if (status !== RUNNING && status !== WOKEN) return false;
    return !this.interrupts[body]?.some((interrupt) => this.machine.status(interrupt) === RUNNING);
  }
  stepOf(body) {
    const { machine } = this;
    const bound = body < this.scenario.programs.length ? this.scenario.preemptions : void 0;
    const preempts = () => {
      const last = this.budget(LAST) - 1;
      return last >= 0 && last !== body && this.canStep(last);
    };
    const { code } = this.bodies[body].program;
    return {
      possible: () => this.canStep(body) && (bound === void 0 || this.budget(PREEMPTIONS) < bound || !preempts()),
      take: () => {
        if (bound !== void 0) {
          if (preempts()) this.spend(PREEMPTIONS, 1);
          this.spend(LAST, body + 1 - this.budget(LAST));
        }
        machine.step(body);
      },
      tell: () => `${body} ${machine.status(body) === WOKEN ? "runs after its wake-up" : code[machine.place(body)].line}`
    };
  }
  wakeUpOf(thread) {
    return {
      possible: () => this.budget(SPURIOUS) > 0 && this.machine.status(thread) === ASLEEP,
      take: () => {
        this.spend(SPURIOUS, -1);
        this.machine.wake(thread, 1);
      },
      tell: () => `${thread} wakes by itself`
    };
  }
  crashOf(agent) {
    const { machine } = this;
    const threads = this.agents[agent];
    const announcer = this.scenario.programs.length + agent;
    return {
      possible: () => this.budget(CRASHES) > 0 && machine.status(announcer) === ABSENT,
      take: () => {
        this.spend(CRASHES, -1);
        for (const thread of threads) for (const body of [thread, ...this.interrupts[thread]]) machine.crash(body);
        machine.begin(announcer);
      },
      tell: () => `${threads.join(", ")} crashes`
    };
  }
  timeOf(thread, clock) {
    const { machine } = this;
    const { code } = this.bodies[thread].program;
    const asks = reaches(
      code,
      (step) => step.op === "effect" && (step.effect === "isOver" || step.sleep === "blocks until")
    );
    const may = clock.threads?.includes(thread) ?? true;
    const over = machine.bases[thread] + OVER;
    return {
      possible: () => {
        if (!may || this.budget(CLOCK) === 0 || machine.state[over] !== 0 || !asks[machine.place(thread)]) return false;
        const status = machine.status(thread);
        return status !== DONE && status !== CRASHED;
      },
      take: () => {
        this.spend(CLOCK, -1);
        machine.state[over] = 1;
        if (machine.status(thread) !== ASLEEP) return;
        const instruction = machine.instruction(thread);
        if (instruction.op === "effect" && instruction.sleep === "blocks until") machine.wake(thread, 0);
      },
      tell: () => `time is up for ${thread}`
    };
  }
  interruptOf(thread, body, name) {
    const { machine } = this;
    const { code } = this.bodies[thread].program;
    return {
      possible: () => {
        if (machine.status(body) !== ABSENT) return false;
        const status = machine.status(thread);
        if (status !== ASLEEP && status !== WOKEN) return false;
        const instruction = code[machine.place(thread) - (status === WOKEN ? 1 : 0)];
        return instruction.op === "effect" && instruction.sleep === "awaits";
      },
      take: () => machine.begin(body),
      tell: () => `${name} interrupts ${thread}`
    };
  }
};

// tests/model/report.ts
var TOTALS = new URL("../../target/model-totals.txt", import.meta.url);
function verified(subject, scenarios) {
  describe(`${subject}, as shipped`, () => {
    const lines = [];
    let sum = 0;
    for (const [name, make2] of Object.entries(scenarios)) {
      test(name, () => {
        const started = performance.now();
        const result = explore(make2());
        sum += result.states;
        lines.push([count(result.states), `${name} (${((performance.now() - started) / 1e3).toFixed(1)} s)`]);
        expect(result.fault, story(result)).toBeUndefined();
      });
    }
    afterAll(() => {
      table(`${subject}: states`, [...lines, [count(sum), "in all"]]);
      total(`${subject}: ${lines.length} scenarios, ${count(sum)} states`);
    });
  });
}
function mutants(subject, list, run) {
  describe(`${subject} with a planted defect`, () => {
    const lines = [];
    for (const mutant of list) {
      test(`${mutant.name}: found`, async () => {
        const caught = await run(mutant);
        expect(caught, "nobody caught it").toBeDefined();
        const { by, fault, states } = caught;
        lines.push([mutant.name, `by "${by}" after ${count(states)} states: ${fault}`]);
      });
    }
    afterAll(() => {
      table(`${subject}: ${lines.length} of ${list.length} planted defects caught`, lines);
      total(`${subject}: ${lines.length} of ${list.length} mutants caught`);
    });
  });
}
function byScenarios(scenarios) {
  return (mutant) => {
    for (const [by, make2] of Object.entries(scenarios)) {
      const { fault, states, complete } = explore(make2(mutant));
      if (fault !== void 0 && complete) return { by, fault, states };
    }
    return void 0;
  };
}
function story({ fault, path }) {
  return [...path, fault ?? ""].join("\n");
}
function count(states) {
  return states.toLocaleString("en-US");
}
function table(title, lines) {
  const width = Math.max(0, ...lines.map(([left]) => left.length));
  const pad = (left) => /^\d/.test(left) ? left.padStart(width) : left.padEnd(width);
  console.log([title, ...lines.map(([left, right]) => `  ${pad(left)}  ${right}`)].join("\n"));
}
function total(line) {
  mkdirSync(new URL(".", TOTALS), { recursive: true });
  appendFileSync(TOTALS, `${line}
`);
}

// tests/model/semaphore.test.ts
var SCENARIO = `
async function awaits(words, at, node, me, need) {
  if (!tryAcquire(words, at, need)) { await acquireAsync(words, at, node, need, me) }
  enter(need); leave(need); release(words, at, need, me)
}
function blocks(words, at, node, me, need) {
  if (!tryAcquire(words, at, need)) { acquireBlocking(words, at, node, need, me, 0) }
  enter(need); leave(need); release(words, at, need, me)
}
function blocksAWhile(words, at, node, me, need) {
  if (tryAcquire(words, at, need)) { enter(need); leave(need); release(words, at, need, me) }
  else if (acquireBlocking(words, at, node, need, me, 0)) { enter(need); leave(need); release(words, at, need, me) }
}
function tries(words, at, node, me, need) {
  if (tryAcquire(words, at, need)) { enter(need); leave(need); release(words, at, need, me) }
}
async function awaitsTwice(words, at, node, me, first, second) {
  await awaits(words, at, node, me, first)
  if (isFree(words, node)) { await awaits(words, at, node, me, second) }
}
async function takes(words, at, node, me, need) {
  if (!tryAcquire(words, at, need)) { await acquireAsync(words, at, node, need, me) }
}
async function takesOrIsAborted(words, at, node, me, need, gone) {
  if (!tryAcquire(words, at, need)) { await acquireAsync(words, at, node, need, me) }
  if (Atomics.load(words, gone) === 1) { Atomics.store(words, gone, 2) } else { Atomics.store(words, gone, 3) }
}
function aborts(words, at, node, me, gone) { if (cancel(words, at, node, me)) { Atomics.store(words, gone, 1) } }
function gives(words, at, node, me, count) { release(words, at, count, me) }
function givesTwice(words, at, node, me, count) { release(words, at, count, me); release(words, at, count, me) }
`;
var SERVER = 1;
var NEWEST = 2;
var FIRST = 3;
var LAST2 = 4;
var SEMAPHORE_WORDS = 8;
var NODE_WORDS = 5;
var OLDER = 3;
var WORDS = SEMAPHORE_WORDS + 3 * NODE_WORDS + 1;
var GONE = AT + WORDS - 1;
var nodeOf = (thread) => AT + SEMAPHORE_WORDS + thread * NODE_WORDS;
function scenario(threads, permits, more = {}) {
  const { mutant, spurious = 0, crash, clock = 0, abort, preemptions } = more;
  const { programs, memory, program, announce } = mortal({
    texts: [algorithm("semaphore", mutant), SCENARIO],
    calls: threads.map(([name, ...args], thread) => [name, AT, nodeOf(thread), agentOf(thread), ...args]),
    words: WORDS,
    immortal: crash === void 0
  });
  memory[AT] = permits << 2;
  return {
    programs,
    memory,
    capacity: threads.reduce((sum, [name, count2 = 0]) => sum + (name === "gives" ? count2 : 0), permits),
    spurious,
    ...crash === void 0 ? {} : { crash: { times: 1, agents: crash.map((thread) => [thread]), announce } },
    ...clock === 0 ? {} : { clock: { times: clock } },
    ...abort === void 0 ? {} : {
      interrupts: [
        {
          thread: abort,
          program: program(abort, ["aborts", AT, nodeOf(abort), agentOf(abort), GONE]),
          name: "abort"
        }
      ]
    },
    ...preemptions === void 0 ? {} : { preemptions },
    atRest: (view) => atRest(view, threads, permits)
  };
}
function mayBeFree(threads, permits, { word, threads: views }) {
  let least = permits;
  let most = permits;
  for (const [index, [name, count2 = 0, second = 0]] of threads.entries()) {
    const { done, crashed } = views[index];
    const gives = name === "gives" ? count2 : name === "givesTwice" ? 2 * count2 : 0;
    const keeps = name === "takes" ? done : name === "takesOrIsAborted" && word(GONE) === 3;
    most += gives - (keeps && !crashed ? count2 : 0);
    least += crashed ? -Math.max(count2, second) * (gives > 0 ? 0 : 1) : gives - (keeps ? count2 : 0);
  }
  return [least, most];
}
function atRest(view, threads, permits) {
  const { word, threads: views } = view;
  const asleep = views.flatMap((thread, index) => thread.asleep ? [index] : []);
  const dead = views.findIndex(({ crashed }) => crashed);
  const serving = word(AT + SERVER);
  if (serving !== 0 && dead >= 0 && serving >> 1 === agentOf(dead) && asleep.length === 0) return void 0;
  if (serving !== 0) return `agent ${serving >> 1} serves`;
  const free = word(AT) >> 2;
  const [least, most] = mayBeFree(threads, permits, view);
  if (free < least || free > most) return `${free} permits are free, and it should be ${least} to ${most}`;
  const queue2 = [];
  for (let node = word(AT + NEWEST); node !== 0; node = word(node + OLDER))
    queue2.unshift((node - nodeOf(0)) / NODE_WORDS);
  const inQueue = queue2.filter((thread) => thread !== dead);
  if (asleep.toString() !== inQueue.toSorted().toString())
    return `threads ${asleep} sleep, and ${queue2} are in the queue`;
  if (asleep.length === 0) return void 0;
  if (word(AT + FIRST) !== nodeOf(queue2[0]) || word(AT + LAST2) !== nodeOf(queue2.at(-1)))
    return "the queue has other ends";
  if ((word(AT) & 3) !== 1) return "the mark does not say that somebody waits";
  if (word(nodeOf(inQueue[0]) + 1) <= free) return `thread ${inQueue[0]} sleeps, and its permits are free`;
  return void 0;
}
var make = (threads, permits, more = {}) => (mutant) => scenario(threads, permits, { ...more, mutant });
var ANYBODY = [0, 1, 2];
var SCENARIOS = {
  "take 2, take 1, give 1: the small one must not sleep beside its permit": make(
    [
      ["takes", 2],
      ["takes", 1],
      ["gives", 1]
    ],
    0,
    { spurious: 1 }
  ),
  "take 2, take 1, give 1 twice": make(
    [
      ["takes", 2],
      ["takes", 1],
      ["givesTwice", 1]
    ],
    0
  ),
  "two permits, needs of 2, 1 and 1": make(
    [
      ["awaits", 2],
      ["blocks", 1],
      ["awaits", 1]
    ],
    2
  ),
  "two permits, needs of 2, 2 and 1": make(
    [
      ["awaits", 2],
      ["blocks", 2],
      ["tries", 1]
    ],
    2
  ),
  "two permits, one thread comes twice": make(
    [
      ["awaitsTwice", 2, 1],
      ["blocks", 2],
      ["tries", 1]
    ],
    2
  ),
  "one of two dies, each with the only permit": make(
    [
      ["awaits", 1],
      ["blocks", 1],
      ["gives", 1]
    ],
    0,
    { crash: [0, 1] }
  ),
  "time is up for one of three": make(
    [
      ["blocksAWhile", 2],
      ["takes", 1],
      ["gives", 1]
    ],
    0,
    { clock: 1 }
  ),
  "time is up for two, who wait one behind the other": make(
    [
      ["blocksAWhile", 1],
      ["blocksAWhile", 1],
      ["gives", 1]
    ],
    0,
    { clock: 2 }
  ),
  "one is aborted while it waits": make(
    [
      ["takesOrIsAborted", 2, GONE],
      ["takes", 1],
      ["gives", 1]
    ],
    0,
    { abort: 0 }
  ),
  "one dies, one is aborted, time is up for one": make(
    [
      ["takesOrIsAborted", 1, GONE],
      ["blocksAWhile", 1],
      ["gives", 1]
    ],
    0,
    { crash: ANYBODY, clock: 1, abort: 0, preemptions: 3 }
  ),
  "one of three dies: take 2, take 1, give 1": make(
    [
      ["takes", 2],
      ["takes", 1],
      ["gives", 1]
    ],
    0,
    { crash: ANYBODY }
  )
};
verified("semaphore", SCENARIOS);
var MUTANTS = [
  {
    name: "who serves does not look whether it was asked again",
    find: `    if (Atomics.compareExchange(words, at + SERVER, me << 1, 0) === me << 1) return
`,
    replace: `    Atomics.store(words, at + SERVER, 0)
    return
`
  },
  {
    name: "a grant takes no permits",
    find: "seen, seen - (need << 2) + GRANTING)",
    replace: "seen, seen + GRANTING)"
  },
  { name: "a release does not serve", find: "if ((seen & QUEUED) !== 0) serve(words, at, me)", replace: "" },
  {
    name: "who serves leaves without marking that somebody waits",
    find: "Atomics.compareExchange(words, at + STATE, seen, seen | QUEUED)",
    replace: "return"
  },
  {
    name: "the mark is set without looking again",
    find: "Atomics.compareExchange(words, at + STATE, seen, seen | QUEUED)",
    replace: "Atomics.compareExchange(words, at + STATE, seen, seen | QUEUED)\n        return"
  },
  {
    name: "the mark stays when nobody waits any more",
    find: "Atomics.compareExchange(words, at + STATE, seen, seen - QUEUED)",
    replace: "return"
  },
  {
    name: "a grant wakes nobody",
    find: "        Atomics.notify(words, first + NODE_STATE, 1)",
    replace: "        Atomics.load(words, first)"
  },
  {
    name: "a waiter overwrites its grant",
    find: "  const state = Atomics.compareExchange(words, node + NODE_STATE, PENDING, ASLEEP)\n  return",
    replace: "  const state = Atomics.load(words, node + NODE_STATE)\n  Atomics.store(words, node + NODE_STATE, ASLEEP)\n  return"
  },
  {
    name: "permits are given back without looking again",
    find: "if (Atomics.compareExchange(words, at + STATE, seen, seen + (count << 2)) === seen) {",
    replace: "Atomics.store(words, at + STATE, seen + (count << 2))\n    {"
  },
  {
    name: "who is removed as the last one overlooks who has come behind",
    find: "if (Atomics.compareExchange(words, at + NEWEST, node, older) === node) Atomics.store(words, at + LAST, older)",
    replace: "if (Atomics.exchange(words, at + NEWEST, older) === node || true) Atomics.store(words, at + LAST, older)"
  },
  {
    name: "a node in the middle is removed in one direction only",
    find: "    Atomics.store(words, newer + NODE_OLDER, older)\n",
    replace: ""
  },
  {
    name: "nobody takes over from a dead server",
    find: "} else if (isAlive(words, seen >>> 1)) {",
    replace: "} else if (true) {"
  },
  {
    name: "who takes over trusts what the dead server knew",
    find: `        Atomics.store(words, at + FIRST, 0)
        Atomics.store(words, at + LAST, 0)
`,
    replace: ""
  },
  {
    name: "who takes over does not know that permits have been taken out",
    find: "    } else if ((seen & GRANTING) !== 0) {\n      deliver(words, at, first)\n",
    replace: "    } else if (false) {\n      deliver(words, at, first)\n"
  },
  {
    name: "a dead waiter is granted",
    find: "  return isAlive(words, Atomics.load(words, node + NODE_OWNER))\n",
    replace: "  return true\n"
  },
  {
    name: "who finds a dead thread in the way does not serve",
    find: "    // Woken and not granted: a thread has died, which may have stood in the way.\n    if (Atomics.load(words, node + NODE_STATE) === ASLEEP) serve(words, at, me)\n",
    replace: ""
  },
  {
    name: "who goes away takes its grant with it",
    find: "if (state !== PENDING && state !== ASLEEP) return false\n    if (Atomics.compareExchange(words, node + NODE_STATE, state, GONE) === state) break",
    replace: "Atomics.store(words, node + NODE_STATE, GONE)\n    break"
  },
  {
    name: "who goes away does not let those behind it pass",
    find: "  Atomics.store(words, at + LEFT, 1)\n  serve(words, at, me)\n  return true",
    replace: "  return true"
  },
  {
    name: "the permits of one that goes away while it is granted are lost",
    find: "else Atomics.add(words, at + STATE, (Atomics.load(words, first + NODE_NEED) << 2) - GRANTING)",
    replace: "else Atomics.sub(words, at + STATE, GRANTING)"
  }
];
mutants("semaphore", MUTANTS, byScenarios(SCENARIOS));

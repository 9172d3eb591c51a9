#!/usr/bin/env node
/* The JSON Schema as a program uses it that is built on it: it compiles under ajv's strict mode, takes
 * every line of PROTOCOL.md's examples, takes what PROTOCOL.md ("Versions") lets later services add,
 * and still refuses what it does not.
 *
 *   later_test.js NPM      NPM: build/deps/npm
 */
'use strict';
const fs = require('fs');
const path = require('path');

const common = path.join(__dirname, '../../common');
const Ajv = require(path.resolve(process.argv[2], 'node_modules/ajv/dist/2020')).default;
const schema = JSON.parse(fs.readFileSync(path.join(common, 'protocol.schema.json')));
const page = fs.readFileSync(path.join(common, 'PROTOCOL.md'), 'utf8');

let failures = 0;
const fail = (text) => { console.log(`FAILED: ${text}`); failures++; };

// ---- it compiles --------------------------------------------------------------------------------

// All of strict mode but one rule: that a tuple's length is fixed. Positional params may be left out
// at the end.
const ajv = new Ajv({ strict: true, strictTuples: false });
ajv.addSchema(schema, 'msiwatch');
const validators = {};
for (const name of Object.keys(schema.$defs)) {
  try {
    validators[name] = ajv.compile({ $ref: `msiwatch#/$defs/${name}` });
  } catch (error) {
    fail(`${name} does not compile: ${error.message}`);
  }
}
ajv.compile({ $ref: 'msiwatch' });

function takes(name, value) {
  return validators[name](value) ? null : ajv.errorsText(validators[name].errors).slice(0, 300);
}

// ---- the page's examples ------------------------------------------------------------------------

const lines = { '>': [], '<': [] };
for (const [, mark, text] of page.matchAll(/^([<>]) (\{.*)$/gm)) lines[mark].push(JSON.parse(text));
for (const [mark, name] of [['>', 'ClientMessage'], ['<', 'ServerMessage']]) {
  for (const line of lines[mark]) {
    // One of them asks for too much, to show the error.
    const wrong = mark === '>' && line.params !== undefined && line.params.limit === 1000;
    const said = takes(name, line);
    if ((said !== null) !== wrong) fail(`${JSON.stringify(line).slice(0, 200)}: ${said}`);
  }
}

// ---- what may be added, and what may not --------------------------------------------------------

const copy = (value) => JSON.parse(JSON.stringify(value));
const reply = (has) => lines['<'].find((line) => line.result && has(line.result));
const notification = (method) => lines['<'].find((line) => line.method === method);
const failure = (code) => lines['<'].find((line) => line.error && line.error.code === code);
const bases = {
  Status: reply((result) => result.state && result.sampled_at).result,
  AboutResult: reply((result) => result.protocol).result,
  HistoryResult: reply((result) => result.events).result,
  SubscribeResult: reply((result) => result.subscription).result,
  MetricsResult: reply((result) => result.uptime_ms !== undefined).result,
  TurnAcquireResult: reply((result) => result.nested !== undefined).result,
  Request: lines['>'].find((line) => line.method === 'wait'),
  event: notification('event'),
  turn: notification('turn'),
  closing: notification('closing'),
  error: failure(-32001),
  limit: failure(-32602),
};
bases.limit = copy(bases.limit);
bases.limit.error = { code: -32000, message: 'over a limit', data: { limit: 'requests' } };

// What is added; the definition that takes it; a change to a copy of what is sent today.
const later = [
  ['a member of a status', 'Status', 'Status', (it) => { it.battery = 'low'; }],
  ['a member within a status', 'Status', 'Status', (it) => { it.mutex.waiting = 3; }],
  ['a reason', 'Status', 'Status', (it) => { it.reasons.push('winget'); }],
  ['a member of a result', 'HistoryResult', 'HistoryResult', (it) => { it.oldest_at = null; }],
  ['a member of a subscribe reply', 'SubscribeResult', 'SubscribeResult', (it) => { it.filter = []; }],
  ['a member of a turn', 'TurnAcquireResult', 'TurnAcquireResult', (it) => { it.lease_ms = 5; }],
  ['a counter', 'MetricsResult', 'MetricsResult', (it) => { it.naps_total = 5; }],
  ['a sensor', 'AboutResult', 'AboutResult', (it) => { it.sensors.winget = 'ok'; it.sensor_problems.winget = 'none'; }],
  ['a limit', 'AboutResult', 'AboutResult', (it) => { it.limits.naps = 4; }],
  ['a limit that was raised', 'AboutResult', 'AboutResult', (it) => { it.limits.requests = 4096; }],
  ['a mitigation', 'AboutResult', 'AboutResult', (it) => { it.mitigations.shadow_stack = 'on'; }],
  ['a limit that is over', 'ServerMessage', 'limit', (it) => { it.error.data.limit = 'naps'; }],
  ['a member of an error', 'ServerMessage', 'error', (it) => { it.error.retry_ms = 5; }],
  ['a member of data', 'ServerMessage', 'error', (it) => { it.error.data.battery = 'low'; }],
  ['an error code', 'ServerMessage', 'error', (it) => { it.error = { code: -32008, message: 'asleep', data: { until: 5 } }; }],
  ['an error code without data', 'ServerMessage', 'error', (it) => { it.error = { code: -32099, message: 'asleep' }; }],
  ['a member of an event', 'ServerMessage', 'event', (it) => { it.params.event.by = 'winget'; }],
  ['a reason of an event', 'ServerMessage', 'event', (it) => { it.params.event.reasons = ['mutex', 'winget']; }],
  ['a kind of event', 'ServerMessage', 'event', (it) => {
    it.params.event = { seq: 7, kind: 'nap', at: it.params.event.at, of: 5, nap: { ms: 5 } };
  }],
  ['a kind of event in the history', 'HistoryResult', 'HistoryResult', (it) => {
    it.events.push({ seq: 7, kind: 'nap', at: it.events[0].at });
  }],
  ['a member of a notification', 'ServerMessage', 'turn', (it) => { it.params.lease_ms = 5; }],
  ['a notification', 'ServerMessage', 'closing', (it) => { it.method = 'nap'; it.params = { ms: 5 }; }],
  ['a reason to close', 'ServerMessage', 'closing', (it) => { it.params = { reason: 'nap' }; }],
  ['a method', 'ClientMessage', 'Request', (it) => { it.method = 'turn.nap'; it.params = { ms: 5 }; }],
  ['a param', 'ClientMessage', 'Request', (it) => { it.params.patience = 5; }],
];
const never = [
  ['a member of another type', 'Status', 'Status', (it) => { it.seq = '129'; }],
  ['a member that is gone', 'Status', 'Status', (it) => { delete it.sampled_at; }],
  ['a state that there is not', 'Status', 'Status', (it) => { it.state = 'asleep'; }],
  ['a reason that is no word', 'Status', 'Status', (it) => { it.reasons = [5]; }],
  ['a known kind of event without what it has', 'ServerMessage', 'event', (it) => { delete it.params.event.from; }],
  ['an event without a kind', 'ServerMessage', 'event', (it) => { delete it.params.event.kind; }],
  ['a known notification without what it has', 'ServerMessage', 'event', (it) => { delete it.params.subscription; }],
  ['a known error without its data', 'ServerMessage', 'error', (it) => { delete it.error.data; }],
  ['an error without a code', 'ServerMessage', 'error', (it) => { delete it.error.code; }],
  ['a notification without params', 'ServerMessage', 'closing', (it) => { it.method = 'nap'; delete it.params; }],
  ['a param that is wrong', 'ClientMessage', 'Request', (it) => { it.params = { settle_ms: -5 }; }],
];
for (const [list, wanted] of [[later, true], [never, false]]) {
  for (const [what, name, base, change] of list) {
    const value = copy(bases[base]);
    const before = takes(name, value);
    if (before !== null) fail(`${what}: what it is added to is refused: ${before}`);
    change(value);
    const said = takes(name, value);
    if ((said === null) !== wanted) fail(`${what} is ${wanted ? `refused: ${said}` : 'taken'}`);
  }
}
if (failures > 0) process.exit(1);
console.log(`${Object.keys(validators).length} definitions compile strictly; ${lines['<'].length + lines['>'].length} ` +
  `examples, ${later.length} additions and ${never.length} mistakes are told apart`);

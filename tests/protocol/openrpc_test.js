#!/usr/bin/env node
/* The OpenRPC document as one (common/bundle_openrpc.py): OpenRPC's own tools find it valid and resolve
 * all its references without another file, and a client generated from it works with the service.
 *
 *   openrpc_test.js NPM BIN      NPM: build/deps/npm; BIN: the folder of msiwatch-sim
 */
'use strict';
const assert = require('assert');
const { execFileSync } = require('child_process');
const Module = require('module');
const net = require('net');
const path = require('path');
const readline = require('readline');

const { Sim } = require('../stock/sim.js');
const { generate, schemaAt } = require('./generate_client.js');

const [npm, bin] = process.argv.slice(2).map((folder) => path.resolve(folder));
const modules = path.join(npm, 'node_modules');
const { parseOpenRPCDocument, validateOpenRPCDocument } = require(path.join(modules, '@open-rpc/schema-utils-js'));
const Ajv = require(path.join(modules, '@open-rpc/schema-utils-js/node_modules/ajv')); // of draft 7

const bundler = path.join(__dirname, '../../common/bundle_openrpc.py');
const text = execFileSync(bundler, ['https://example.com/msiwatch'], { encoding: 'utf8' });
const bundle = JSON.parse(text);

function checkDocument() {
  const said = validateOpenRPCDocument(bundle);
  assert.strictEqual(said, true, said.message);
  for (const [, reference] of text.matchAll(/"\$ref": "([^"]*)"/g)) {
    assert(reference.startsWith('#/components/'), `${reference} is in another document`);
  }
  assert(!text.includes('$defs'), 'something refers to the schema it was taken from');
  // Those that tell a client what it gets without having asked.
  assert(bundle.components.schemas.EventNotification, 'the notifications are missing');
  assert.strictEqual(new URL(bundle.externalDocs.url).protocol, 'https:');
}

// ---- the transport: a line for each message -----------------------------------------------------

function connect(pipe) {
  const socket = net.connect(pipe);
  const waiting = new Map();
  const notifications = [];
  let last = 0;
  readline.createInterface({ input: socket }).on('line', (line) => {
    const message = JSON.parse(line);
    if (message.method) return notifications.push(message);
    const { resolve, reject } = waiting.get(message.id);
    waiting.delete(message.id);
    return message.error ? reject(message.error) : resolve(message.result);
  });
  return {
    notifications,
    end: () => socket.destroy(),
    get last() { return last; },
    call: (method, params) => new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: last, method, params })}\n`);
    }),
  };
}

// ---- the client ---------------------------------------------------------------------------------

async function rejects(promise, code) {
  await assert.rejects(promise, (error) => error.code === code, `no error ${code}`);
}

async function useClient(document, sim) {
  const made = new Module('client.js');
  made._compile(generate(document), 'client.js');
  const ajv = new Ajv({ unknownFormats: 'ignore' });
  let checks = 0;
  const check = (where, value) => {
    const schema = schemaAt(document, where);
    assert(ajv.validate(schema, value), `${where}: ${ajv.errorsText()}`);
    checks++;
  };
  const connection = connect(sim.pipe);
  const client = new made.exports(connection.call, check);
  for (const { name } of document.methods) {
    assert(typeof client[name.replace(/\.(\w)/, (_, c) => c.toUpperCase())] === 'function', `no ${name}`);
  }

  assert.strictEqual((await client.about()).name, 'msiwatch');
  assert.strictEqual((await client.status()).state, 'idle');
  const { subscription, status } = await client.subscribe();
  await sim.command('mutex held 4242');
  await client.wait('busy', 0, 10000);
  const cancelled = client.wait('idle');
  cancelled.catch(() => {}); // read below
  assert.strictEqual(await client.cancel(connection.last), true);
  await rejects(cancelled, -32004);
  await rejects(client.wait('idle', undefined, 0), -32001);
  await sim.command('mutex free');
  await client.wait('idle', 0, 10000);
  while (!connection.notifications.some(({ params }) => params.event && params.event.to === 'idle')) {
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  const page = await client.history(status.seq);
  assert.deepStrictEqual(page.events.map(({ kind, to }) => `${kind} ${to}`).slice(0, 2),
    ['transition busy', 'transition idle']);
  for (const notification of connection.notifications) {
    assert(ajv.validate(document.components.schemas.Notification, notification), ajv.errorsText());
  }
  const turn = await client.turnAcquire('generated');
  assert.strictEqual((await client.turnList()).holder.turn, turn.turn);
  assert.strictEqual(await client.turnRelease(), true);
  assert.strictEqual(await client.unsubscribe(subscription), true);
  assert((await client.metrics()).requests_total > 10);
  assert.match(await client.metrics('prometheus'), /^# HELP /);
  assert.strictEqual((await client.hold(undefined, 'a test')).hold.why, 'a test');
  assert.strictEqual((await client.hold(undefined, undefined, true)).hold, null);
  await rejects(client.turnRevoke(4242), -32602);
  // What the document says is wrong is not sent.
  const before = connection.last;
  await assert.rejects(client.history(undefined, undefined, undefined, undefined, 1000), /history\/params\/4/);
  await assert.rejects(client.unsubscribe(), /required/);
  assert.strictEqual(connection.last, before);
  connection.end();
  return checks;
}

async function main() {
  checkDocument();
  const document = await parseOpenRPCDocument(JSON.parse(text));
  const sim = new Sim(bin);
  await sim.start();
  const checks = await useClient(document, sim);
  await sim.stop();
  console.log(`one document of ${text.length} bytes; a client with ${document.methods.length} methods, ` +
    `of whose params and results ${checks} were checked`);
}

main().catch((error) => { console.log(`FAILED: ${error.stack}`); process.exit(1); });

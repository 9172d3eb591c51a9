#!/usr/bin/env node
/* A client on json-rpc-2.0, which leaves the transport to its user: a line for each message. What it
 * does and prints: CMakeLists.txt.
 *
 *   json_rpc_2_0.js NPM PIPE
 */
'use strict';
const net = require('net');
const path = require('path');
const readline = require('readline');

const [npm, pipe] = process.argv.slice(2);
const { JSONRPCClient, JSONRPCServer, JSONRPCServerAndClient, createJSONRPCRequest } =
  require(path.resolve(npm, 'node_modules/json-rpc-2.0'));

let place; // in the journal: where to go on after a restart of the service

async function talk(peer) {
  // The library reports an answer after some awaits of its own, so what came with the answer to
  // subscribe is handled before it.
  let subscribed;
  peer.addMethod('event', async ({ event }) => {
    await subscribed;
    place.after = event.seq;
    if (event.kind === 'transition') console.log(event.from, 'to', event.to);
  });
  peer.addMethod('reset', async ({ journal, after }) => {
    await subscribed;
    place = { journal, after };
  });
  peer.addMethod('closing', () => {});
  if (!place) {
    console.log('now', (await peer.request('status')).state);
    const id = 'never';
    const never = peer.client.requestAdvanced(
      createJSONRPCRequest(id, 'wait', { for: 'busy', settle_ms: 600000 }));
    if (await peer.request('cancel', { id }) !== true) throw new Error('there was nothing to cancel');
    const { code } = (await never).error;
    if (code !== -32004) throw new Error(`a wait that was cancelled ended with ${code}`);
    await peer.request('wait', { for: 'idle', timeout_ms: 600000 });
  }
  subscribed = peer.request('subscribe', place).then(({ journal, reset, status }) => {
    place = { journal, after: reset ? 0 : place ? place.after : status.seq };
  });
  await subscribed;
}

function connect() {
  const socket = net.connect(pipe);
  const peer = new JSONRPCServerAndClient(new JSONRPCServer(),
    new JSONRPCClient((message) => { socket.write(`${JSON.stringify(message)}\n`); }));
  const lost = 'the connection was lost';
  (async () => {
    for await (const line of readline.createInterface({ input: socket })) {
      await peer.receiveAndSend(JSON.parse(line));
    }
  })().catch(() => {});
  socket.on('error', (error) => { if (!place) throw error; });
  socket.on('close', () => {
    peer.rejectAllPendingRequests(lost);
    setTimeout(connect, 200); // the service stopped: it may come back
  });
  socket.on('connect', () => talk(peer).catch((error) => {
    if (error.code !== -32002 && error.message !== lost) throw error; // it stops, or did while it was asked
  }));
}
connect();

#!/usr/bin/env node
/* A client on vscode-jsonrpc. Its own framing has headers; a reader and a writer of lines are all that
 * it needs besides, and a strategy by which its cancelled requests become `cancel`. What it does and
 * prints: CMakeLists.txt.
 *
 *   vscode_jsonrpc.js NPM PIPE
 */
'use strict';
const net = require('net');
const path = require('path');
const readline = require('readline');

const [npm, pipe] = process.argv.slice(2);
const rpc = require(path.resolve(npm, 'node_modules/vscode-jsonrpc/node'));

class LineReader extends rpc.AbstractMessageReader {
  constructor(socket) {
    super();
    this.socket = socket;
    socket.on('error', (error) => this.fireError(error)).on('close', () => this.fireClose());
  }
  listen(callback) {
    readline.createInterface({ input: this.socket }).on('error', () => {})
      .on('line', (line) => callback(JSON.parse(line)));
    return { dispose() {} };
  }
}

class LineWriter extends rpc.AbstractMessageWriter {
  constructor(socket) {
    super();
    this.socket = socket;
  }
  async write(message) { this.socket.write(`${JSON.stringify(message)}\n`); }
  end() {}
}

const byCancel = {
  receiver: rpc.CancellationReceiverStrategy.Message,
  sender: { sendCancellation: (connection, id) => connection.sendRequest('cancel', { id }), cleanup() {} },
};

let place; // in the journal: where to go on after a restart of the service

async function talk(connection) {
  connection.onNotification('event', ({ event }) => {
    place.after = event.seq;
    if (event.kind === 'transition') console.log(event.from, 'to', event.to);
  });
  connection.onNotification('reset', ({ journal, after }) => { place = { journal, after }; });
  connection.onNotification('closing', () => {});
  connection.listen();
  if (!place) {
    console.log('now', (await connection.sendRequest('status')).state);
    const source = new rpc.CancellationTokenSource();
    const never = connection.sendRequest('wait', { for: 'busy', settle_ms: 600000 }, source.token);
    source.cancel();
    const { code } = await never.catch((error) => error);
    if (code !== -32004) throw new Error(`a wait that was cancelled ended with ${code}`);
    await connection.sendRequest('wait', { for: 'idle', timeout_ms: 600000 });
  }
  const { journal, reset, status } = await connection.sendRequest('subscribe', place);
  place = { journal, after: reset ? 0 : place ? place.after : status.seq };
}

function connect() {
  const socket = net.connect(pipe);
  socket.on('error', (error) => { if (!place) throw error; });
  socket.on('close', () => setTimeout(connect, 200)); // the service stopped: it may come back
  socket.on('connect', () => {
    const connection = rpc.createMessageConnection(new LineReader(socket), new LineWriter(socket), undefined,
      { cancellationStrategy: byCancel });
    talk(connection).catch((error) => {
      // It stops, or did while it was asked.
      if (![-32002, rpc.ErrorCodes.PendingResponseRejected].includes(error.code)) throw error;
    });
  });
}
connect();

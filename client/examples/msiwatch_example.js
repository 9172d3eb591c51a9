// Node.js: prints the state, waits until no installation is running, then prints every change.
const net = require('net'), readline = require('readline');
const pipe = process.argv[2] || String.raw`\\.\pipe\ProtectedPrefix\Administrators\msiwatch`;
let place; // the place in the journal at which to continue after a restart

function connect() {
  const socket = net.connect(pipe), callbacks = [];
  const ask = (method, params, callback) => {
    const id = callbacks.push(callback) - 1;
    socket.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }) + '\n');
  };
  const follow = () => ask('subscribe', place, ({ journal, reset, status }) => {
    place = { journal, after: reset ? 0 : place ? place.after : status.seq };
  });
  readline.createInterface({ input: socket }).on('error', () => {}).on('line', (line) => {
    const { id, result, error, method, params } = JSON.parse(line);
    if (error && error.code !== -32002) throw new Error(error.message); // -32002: it is stopping
    if (result !== undefined) callbacks[id](result);
    if (method === 'reset') place = { journal: params.journal, after: params.after };
    if (method !== 'event') return;
    place.after = params.event.seq;
    if (params.event.kind === 'transition') console.log(params.event.from, 'to', params.event.to);
  });
  socket.on('connect', () => place ? follow() : ask('status', {}, ({ state }) => {
    console.log('now', state);
    ask('wait', { for: 'idle', timeout_ms: 600000 }, follow);
  })).on('error', (error) => { if (!place) throw error; })
    .on('close', () => setTimeout(connect, 500)); // the service stopped and may start again
}
connect();

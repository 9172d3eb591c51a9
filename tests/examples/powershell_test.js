#!/usr/bin/env node
/* powershell_test.js: what the project says in PowerShell is grammatical: the example, and what
 * "msiwatch completion" prints. There is no PowerShell here; tree-sitter's grammar of it reads them.
 *
 *   powershell_test.js TREE-SITTER MSIWATCH SCRIPT...
 *
 * TREE-SITTER is the folder of that name that tests/setup.sh makes. */
'use strict';
const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

/* To optimise the grammar's machine takes seconds; to use it as it is, none. */
require('v8').setFlagsFromString('--liftoff-only');

/* What the grammar does not understand, or misses: "LINE: TEXT" each. */
function complaints(parser, script) {
    const found = [];
    const look = (node) => {
        if (node.isError || node.isMissing) {
            const what = node.isMissing ? `no ${node.type}` : node.text.slice(0, 60);
            found.push(`${node.startPosition.row + 1}: ${what}`);
        } else if (node.hasError) {
            node.children.forEach(look);
        }
    };
    const tree = parser.parse(script);
    look(tree.rootNode);
    tree.delete();
    return found;
}

function fail(what) {
    console.log(`powershell: FAILED: ${what}`);
    process.exitCode = 1;
}

/* It is, and is not without one of its braces or quotes: each seventh of them is tried. */
function check(parser, name, script) {
    complaints(parser, script).forEach((complaint) => fail(`${name}: ${complaint}`));
    const code = script.replace(/(^|\s)#.*/g, (comment) => ' '.repeat(comment.length));
    const ends = [...code.matchAll(/[{}]|(?<!')'(?!')/g)].filter((_, i) => i % 7 === 0);
    if (ends.length < 5) {
        fail(`${name}: it has only ${ends.length} ends to leave out`);
    }
    for (const end of ends) {
        const without = script.slice(0, end.index) + script.slice(end.index + 1);
        if (complaints(parser, without).length === 0) {
            fail(`${name}: nothing is found wrong without the ${end[0]} at ${end.index}`);
        }
    }
    console.log(`powershell: ${name}: read, and ${ends.length} times with an end left out`);
}

async function main() {
    const [folder, msiwatch, ...scripts] = process.argv.slice(2);
    const { Language, Parser } = require(path.resolve(folder, 'web-tree-sitter.cjs'));
    await Parser.init();
    const parser = new Parser();
    parser.setLanguage(await Language.load(path.join(folder, 'tree-sitter-powershell.wasm')));
    check(parser, 'msiwatch completion', execFileSync(msiwatch, ['completion'], { encoding: 'utf8' }));
    for (const script of scripts) {
        check(parser, path.basename(script), fs.readFileSync(script, 'utf8'));
    }
}

main();

#!/usr/bin/env node
// dashboard_test.cjs NPM DASHBOARD...: holds dashboards against Grafana's own types of their format,
// those of its Foundation SDK (NPM/grafana), by the compiler of TypeScript (NPM/typescript): a member
// that is not known, a word that is not one of those allowed, and one that is missing are errors. First
// it is shown faults, and must find each.
'use strict';
const fs = require('fs');
const path = require('path');

const [npm, ...files] = process.argv.slice(2);
const ts = require(path.resolve(npm, 'typescript/lib/typescript.js'));
const grafana = path.resolve(npm, 'grafana/dist');

// In a file enumerations are their words, and the options of a panel need not all be there.
const TYPES = `
import * as dashboard from ${JSON.stringify(grafana + '/dashboard/types.gen')};
import { Dataquery } from ${JSON.stringify(grafana + '/prometheus/types.gen')};
type Plain<T> = T extends string ? \`\${T}\` : T extends object
    ? { [K in keyof T as K extends '_implementsDataqueryVariant' ? never : K]: Plain<T[K]> } : T;
type Loose<T> = T extends string ? \`\${T}\` : T extends (infer E)[] ? Loose<E>[]
    : T extends object ? { [K in keyof T]?: Loose<T[K]> } : T;
type Fields<F> = Omit<dashboard.FieldConfigSource, 'defaults'> &
    { defaults: Omit<dashboard.FieldConfig, 'custom'> & { custom?: Loose<F> } };
type Of<O, F> = Plain<Omit<dashboard.Panel, 'type' | 'options' | 'targets' | 'fieldConfig'> &
    { targets: Dataquery[] }> & { type: string, options: Loose<O>, fieldConfig: Plain<Fields<F>> };
type Board = Plain<Omit<dashboard.Dashboard, 'panels'>>;
`;

// The types of a panel's options, by its type; of those without a FieldConfig nothing may be given.
const KINDS = { stat: 'stat', bargauge: 'bargauge', 'state-timeline': 'statetimeline',
    timeseries: 'timeseries', table: 'table' };

function source(board) {
    const { panels, ...rest } = board;
    const used = [...new Set(panels.map(p => p.type))];
    const parts = [TYPES];
    for (const kind of used) {
        if (!(kind in KINDS)) throw new Error(`no types for a panel of the kind ${kind}`);
        const file = `${grafana}/${KINDS[kind]}/types.gen`;
        const custom = /\b(interface|type) FieldConfig\b/.test(fs.readFileSync(file + '.d.ts', 'utf8'));
        parts.push(`import * as ${KINDS[kind]} from ${JSON.stringify(file)};`);
        parts.push(`type P${KINDS[kind]} = Of<${KINDS[kind]}.Options, ` +
            `${custom ? KINDS[kind] + '.FieldConfig' : 'Record<string, never>'}>;`);
    }
    parts.push(`export const board: Board = ${JSON.stringify(rest, null, 1)};`);
    panels.forEach((panel, i) => parts.push(
        `export const panel${i}: P${KINDS[panel.type]} = ${JSON.stringify(panel, null, 1)};`));
    return parts.join('\n');
}

// One program for all of them: reading the types is what takes the time.
function faults(boards) {
    const options = { strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ['lib.es2020.d.ts'],
        target: ts.ScriptTarget.ES2020, moduleResolution: ts.ModuleResolutionKind.Node10 };
    const host = ts.createCompilerHost(options);
    const texts = new Map(boards.map((board, i) => [`/board${i}.ts`, source(board)]));
    const get = host.getSourceFile;
    host.getSourceFile = (name, ...more) => texts.has(name)
        ? ts.createSourceFile(name, texts.get(name), more[0], true) : get(name, ...more);
    const exists = host.fileExists;
    host.fileExists = name => texts.has(name) || exists(name);
    const program = ts.createProgram([...texts.keys()], options, host);
    return [...texts.keys()].map(name => {
        const file = program.getSourceFile(name);
        return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
            .map(fault => file.text.slice(fault.start, fault.start + fault.length).split('\n')[0] +
                ': ' + ts.flattenDiagnosticMessageText(fault.messageText, ' ').slice(0, 400));
    });
}

const changed = (board, change) => {
    const copy = JSON.parse(JSON.stringify(board));
    change(copy, copy.panels.find(p => p.type === 'stat'), copy.panels.find(p => p.type === 'table'));
    return copy;
};

const boards = files.map(file => JSON.parse(fs.readFileSync(file, 'utf8')));
const wrong = {
    'a member that is not known': b => { b.titel = 'x'; },
    'no version of the format': b => { delete b.schemaVersion; },
    'a place with a member too many': (b, stat) => { stat.gridPos.width = 3; },
    'a colour mode that there is not': (b, stat) => { stat.options.colorMode = 'values'; },
    'an option of another panel': (b, stat) => { stat.options.mergeValues = true; },
    'a query without an expression': (b, stat) => { delete stat.targets[0].expr; },
    'a format that there is not': (b, stat, table) => { table.targets[0].format = 'tabular'; },
    'a threshold without a colour': (b, stat) => {
        stat.fieldConfig.defaults.thresholds = { mode: 'absolute', steps: [{ value: null }] };
    },
    'a field that a table does not have': (b, stat, table) => {
        table.fieldConfig.defaults.custom = { lineWidth: 2 };
    },
};
const all = faults([...boards, ...Object.values(wrong).map(change => changed(boards[0], change))]);
let bad = 0;
files.forEach((file, i) => all[i].forEach(fault => {
    console.error(`dashboard: ${path.basename(file)}: ${fault}`);
    bad = 1;
}));
Object.keys(wrong).forEach((what, i) => {
    if (all[boards.length + i].length === 0) {
        console.error(`dashboard: a dashboard with ${what} passed`);
        bad = 1;
    }
});
if (!bad) console.log(`dashboard: ${files.length} dashboards fit Grafana's types, ` +
    `${Object.keys(wrong).length} wrong ones do not`);
process.exit(bad);

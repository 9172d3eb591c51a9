/* generate_client.js: a client's JavaScript, made of nothing but an OpenRPC document with all its
 * references resolved: a class with a method for each method, whose arguments are the document's params
 * in its order, and which checks arguments and results by the document's schemas.
 *
 * The generators that there are make clients for HTTP and WebSockets; this does what they do for one
 * whose transport is given: call(method, params) resolves to a result.
 */
'use strict';

const identifier = (name) => name.replace(/[._](\w)/g, (_, letter) => letter.toUpperCase());
// Of a parameter that is a word of JavaScript's: `for`.
const parameter = (name) => (['for', 'class', 'default', 'function'].includes(name) ? `${name}_` : name);

function generate(document) {
  const out = [`// ${document.info.title}, version ${document.info.version}: made of its OpenRPC document.`,
    "'use strict';", 'module.exports = class {',
    '  constructor(call, check) { this.call = call; this.check = check; }'];
  for (const method of document.methods) {
    const names = method.params.map(({ name }) => name);
    const needed = method.params.filter(({ required }) => required).map(({ name }) => name);
    out.push(`  /** ${method.summary} */`,
      `  async ${identifier(method.name)}(${names.map(parameter).join(', ')}) {`,
      '    const params = {};');
    for (const [index, name] of names.entries()) {
      const variable = parameter(name);
      if (needed.includes(name)) {
        out.push(`    if (${variable} === undefined) throw new TypeError('${name} is required');`);
      }
      out.push(`    if (${variable} !== undefined) {`,
        `      this.check('${method.name}/params/${index}', ${variable});`,
        `      params.${name} = ${variable};`, '    }');
    }
    out.push(`    const result = await this.call('${method.name}', params);`,
      `    this.check('${method.name}/result', result);`, '    return result;', '  }');
  }
  out.push('};', '');
  return out.join('\n');
}

/** The schema that `where` names, as generated code says it. */
function schemaAt(document, where) {
  const [name, part, index] = where.split('/');
  const method = document.methods.find((one) => one.name === name);
  return part === 'result' ? method.result.schema : method.params[Number(index)].schema;
}

module.exports = { generate, schemaAt };

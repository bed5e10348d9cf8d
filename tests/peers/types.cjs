// Whether values are of the types that the platforms publish. In: [{"module", "type", "value"}]; out: for each null, or what is
// wrong.
const path = require('path');
const ts = require('typescript');

function check(cases) {
  const file = path.join(process.env.NODE_PATH, '..', 'payloads.ts');
  // In JSON a member of a string enum is its text.
  const lines = ['type Json<T> = T extends string ? `${T}` : T extends (infer U)[] ? Json<U>[] : ' +
    'T extends object ? { [K in keyof T]: Json<T[K]> } : T;'];
  const at = cases.map(({ module, type, value }, number) => {
    lines.push(`export const v${number} = ${JSON.stringify(value)} satisfies Json<import(${JSON.stringify(module)}).${type}>;`);
    return lines.length - 1;
  });
  const options = { noEmit: true, strict: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10, ignoreDeprecations: '5.0' };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => (name === file ? ts.createSourceFile(name, lines.join('\n'), options.target) : read(name, ...rest));
  const program = ts.createProgram([file], options, host);
  const wrong = cases.map(() => null);
  for (const found of ts.getPreEmitDiagnostics(program)) {
    const text = ts.flattenDiagnosticMessageText(found.messageText, ' ');
    if (!found.file || found.file.fileName !== file) throw new Error(text);
    const { line } = found.file.getLineAndCharacterOfPosition(found.start);
    wrong[at.indexOf(line)] ??= text.slice(0, 1500);
  }
  return wrong;
}

let text = '';
process.stdin.on('data', (piece) => (text += piece));
process.stdin.on('end', () => console.log(JSON.stringify(check(JSON.parse(text)))));

// What Discord's own OpenAPI document says of requests. In: {"document": PATH, "requests": [{"method", "path", "body"}]}, paths
// without /api/v10; out: for each null, or what is wrong.
const { OpenAPIBackend } = require('openapi-backend');
const fs = require('fs');

// The document wants an integer where Discord's pages and its answers have a string of digits: the pages win.
function asDocumented(body) {
  if (!Array.isArray(body)) return body;
  return body.map((one) => {
    const permissions = one?.default_member_permissions;
    return typeof permissions === 'string' ? { ...one, default_member_permissions: Number(permissions) } : one;
  });
}

async function main({ document, requests }) {
  const definition = JSON.parse(fs.readFileSync(document, 'utf8'));
  definition.servers = [];
  const api = new OpenAPIBackend({ definition, quick: true, ajvOpts: { strict: false, allErrors: true, validateFormats: false } });
  await api.init();
  return requests.map(({ method, path, body }) => {
    const [bare, query] = path.split('?');
    const request = { method, path: bare, query, headers: { 'content-type': 'application/json' }, body: asDocumented(body) };
    const operation = api.matchOperation(request);
    if (!operation) return 'no such call';
    const { valid, errors } = api.validateRequest(request, operation);
    return valid ? null : `${operation.operationId}: ${JSON.stringify(errors.slice(0, 5))}`;
  });
}

let text = '';
process.stdin.on('data', (piece) => (text += piece));
process.stdin.on('end', async () => console.log(JSON.stringify(await main(JSON.parse(text)))));

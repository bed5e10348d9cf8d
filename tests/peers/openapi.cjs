// What Discord's own OpenAPI document says of requests. In: [{"method", "path", "body"}], paths without /api/v10; out: for
// each null, or what is wrong.
const { OpenAPIBackend } = require('openapi-backend');
const fs = require('fs');
const path = require('path');

const DOCUMENT = path.join(__dirname, '..', 'fixtures', 'discord', 'openapi.json');

// Where the document is not what Discord's pages say and its servers do, the pages win. [schema, member, what the document has,
// what the pages have, which page]. One that the document no longer has is an error: then the line has to go.
const QUIRKS = [
  ['ApplicationCommandUpdateRequest', 'default_member_permissions', { type: ['integer', 'null'], minimum: 0, maximum: 18014398509481983 },
    { type: ['string', 'null'], pattern: '^[0-9]+$' }, 'interactions/application-commands: application command structure'],
  ['MessageCreateRequest', 'content', { type: ['string', 'null'], maxLength: 4000 }, { type: ['string', 'null'], maxLength: 2000 },
    'resources/message: create message, "up to 2000 characters"'],
  ['MessageEditRequestPartial', 'content', { type: ['string', 'null'], maxLength: 4000 }, { type: ['string', 'null'], maxLength: 2000 },
    'resources/message: edit message, "up to 2000 characters"'],
];
// The document's formats. Those of numbers only say how wide they are.
const FORMATS = { snowflake: /^[0-9]{1,20}$/, uri: /^(https?|discord|attachment):\/\/[^\s]+$/, nonce: true, int32: true, int64: true,
  double: true, 'date-time': true };

function bend(definition) {
  for (const [schema, member, theirs, pages] of QUIRKS) {
    const { properties } = definition.components.schemas[schema];
    const found = JSON.stringify(properties[member]);
    if (found !== JSON.stringify(theirs)) throw new Error(`${schema}.${member} is ${found} now: mend QUIRKS in openapi.cjs`);
    properties[member] = pages;
  }
}

async function main(requests) {
  const definition = JSON.parse(fs.readFileSync(DOCUMENT, 'utf8'));
  bend(definition);
  definition.servers = [];
  const api = new OpenAPIBackend({ definition, quick: true, ajvOpts: { strict: false, allErrors: true, formats: FORMATS } });
  await api.init();
  return requests.map(({ method, path: whole, body }) => {
    const [bare, query] = whole.split('?');
    const request = { method, path: bare, query, headers: { 'content-type': 'application/json' }, body };
    const operation = api.matchOperation(request);
    if (!operation) return 'no such call';
    const { valid, errors } = api.validateRequest(request, operation);
    return valid ? null : `${operation.operationId}: ${JSON.stringify(errors.slice(0, 5))}`;
  });
}

let text = '';
process.stdin.on('data', (piece) => (text += piece));
process.stdin.on('end', async () => console.log(JSON.stringify(await main(JSON.parse(text)))));

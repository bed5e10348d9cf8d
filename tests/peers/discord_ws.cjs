// A bot's gateway as @discordjs/ws plays it: discord_ws.cjs PORT TOKEN. Tells what happens as JSON lines.
const { WebSocketManager, WebSocketShardEvents } = require('@discordjs/ws');
const { REST } = require('@discordjs/rest');

const [port, token] = process.argv.slice(2);
const say = (is, more) => console.log(JSON.stringify({ is, at: Date.now(), ...more }));
const rest = new REST({ version: '10', api: `http://127.0.0.1:${port}/api` }).setToken(token);
const manager = new WebSocketManager({ token, intents: 0, rest, fetchGatewayInformation: () => rest.get('/gateway/bot') });

manager.on(WebSocketShardEvents.Hello, () => say('hello'));
manager.on(WebSocketShardEvents.Ready, (ready) => say('ready', { session: (ready.data ?? ready).session_id }));
manager.on(WebSocketShardEvents.Resumed, () => say('resumed'));
manager.on(WebSocketShardEvents.HeartbeatComplete, () => say('heartbeat'));
manager.on(WebSocketShardEvents.Closed, (code) => say('closed', { code: code.code ?? code }));
manager.on(WebSocketShardEvents.Error, (error) => say('error', { text: String((error.error ?? error).message) }));
manager.on(WebSocketShardEvents.Debug, (text) => say('debug', { text: String(text) }));
manager.on(WebSocketShardEvents.Dispatch, async (payload) => {
  const event = payload.data ?? payload;
  say('event', { name: event.t, size: JSON.stringify(event.d).length });
  if (event.t !== 'INTERACTION_CREATE') return;
  const { id, token: secret, application_id } = event.d;
  try {
    await rest.post(`/interactions/${id}/${secret}/callback`, { auth: false, body: { type: 5, data: { flags: 64 } } });
    await rest.patch(`/webhooks/${application_id}/${secret}/messages/@original`, {
      auth: false,
      body: { content: 'see the picture', attachments: [{ id: 0, description: 'a picture' }] },
      files: [{ name: 'a.png', data: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x0d, 0x00, 0xff]) }],
    });
    await rest.post(`/webhooks/${application_id}/${secret}`, { auth: false, body: { content: 'one thing more', flags: 64 } });
    say('answered');
  } catch (error) {
    say('refused', { text: String(error) });
  }
});
process.on('unhandledRejection', (error) => say('rejected', { text: String(error) }));
manager.connect().catch((error) => say('failed', { text: String(error) }));

// An app as @slack/bolt with @slack/socket-mode plays it: slack_bolt.cjs PORT APP_TOKEN BOT_TOKEN MS_TO_A_PONG.
const { App, SocketModeReceiver } = require('@slack/bolt');

const [port, appToken, token, pongMs] = process.argv.slice(2);
const say = (is, more) => console.log(JSON.stringify({ is, at: Date.now(), ...more }));
const clientOptions = { slackApiUrl: `http://127.0.0.1:${port}/api/` };
const receiver = new SocketModeReceiver({ appToken, clientPingTimeout: Number(pongMs), installerOptions: { clientOptions } });
const app = new App({ token, receiver, clientOptions });

app.command('/balance', async ({ command, ack, respond, client }) => {
  await ack({ response_type: 'ephemeral', text: `asked ${command.text}` });
  await respond({ text: 'later', replace_original: false });
  const posted = await client.chat.postMessage({ channel: command.channel_id, text: 'said' });
  const file = Buffer.from([0x89, 0x50, 0x4e, 0x47]);
  await client.filesUploadV2({ channel_id: command.channel_id, filename: 'a.png', title: 'A', file, alt_text: 'a picture' });
  say('answered', { ts: posted.ts });
});
app.action(/.*/, async ({ action, ack }) => {
  await ack();
  say('pressed', { action: action.action_id, value: action.value });
});
app.event('app_home_opened', async () => say('event'));
app.error(async (error) => say('error', { text: String(error) }));
for (const event of ['connected', 'reconnecting', 'disconnected']) receiver.client.on(event, () => say(event));
app.start().then(() => say('started'), (error) => say('failed', { text: String(error) }));

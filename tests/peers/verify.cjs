// What the platforms' own code says of signatures. In: [{"platform", "key", "timestamp", "signature", "body"}] with the body in
// base64; out: [true, false, …].
const { verifyKey } = require('discord-interactions');
const { verifySlackRequest } = require('@slack/bolt/dist/receivers/verify-request');

async function isRight({ platform, key, timestamp, signature, body }) {
  const raw = Buffer.from(body, 'base64');
  if (platform === 'discord') return verifyKey(raw, signature, timestamp, key);
  const headers = { 'x-slack-signature': signature, 'x-slack-request-timestamp': Number(timestamp) };
  try {
    verifySlackRequest({ signingSecret: key, body: raw.toString(), headers });
    return true;
  } catch {
    return false;
  }
}

let text = '';
process.stdin.on('data', (piece) => (text += piece));
process.stdin.on('end', async () => console.log(JSON.stringify(await Promise.all(JSON.parse(text).map(isRight)))));

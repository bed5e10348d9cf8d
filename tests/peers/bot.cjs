// A bot of discord.js that answers `/balance` from memory: bot.cjs PORT TOKEN. For tests/bench/answer.
const { Client } = require('discord.js');

const [port, token] = process.argv.slice(2);
const client = new Client({ intents: [], rest: { api: `http://127.0.0.1:${port}/api` } });
const content = '💰 **Kimi:** $12.34 available (threshold: $5.00), 3 min ago';
client.on('interactionCreate', (interaction) => interaction.reply({ content, flags: 64 }).catch(() => {}));
client.on('error', (error) => console.error(String(error)));
client.login(token);

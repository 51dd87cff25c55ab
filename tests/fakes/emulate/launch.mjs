// Starts emulate's Slack, tells it where events go and signs them as Slack does, which neither its command line nor its seed can.
// usage: node launch.mjs <folder of the installed package> <port> <address it is known by> <events address> <seed JSON>
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, port, baseUrl, events, seed] = process.argv.slice(2);
const dist = join(folder, "dist");
const file = readdirSync(dist).find(
  (name) => name.startsWith("dist-") && name.endsWith(".js") && readFileSync(join(dist, name), "utf8").includes("slackPlugin"),
);
const { slackPlugin } = await import(pathToFileURL(join(dist, file)));
const { createEmulator } = await import(pathToFileURL(join(dist, "api.js")));

function signed({ body, subscription }) {
  const stamp = String(Math.floor(Date.now() / 1000));
  const digest = createHmac("sha256", subscription.secret).update(`v0:${stamp}:${body}`).digest("hex");
  return {
    "Content-Type": "application/json",
    "X-Slack-Request-Timestamp": stamp,
    "X-Slack-Signature": `v0=${digest}`,
  };
}

const register = slackPlugin.register;
slackPlugin.register = (app, store, webhooks, ...rest) => {
  const secret = JSON.parse(seed).signing_secret;
  webhooks.setHeaderFactory(signed);
  if (events) webhooks.register({ url: events, owner: "slack", events: ["*"], active: true, secret });
  return register(app, store, webhooks, ...rest);
};
await createEmulator({ service: "slack", port: Number(port), baseUrl, seed: { slack: JSON.parse(seed) } });
console.log("ready");

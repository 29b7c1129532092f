// simple-hl7 as receiver: PORT ; says "ready", answers by itself until it is killed.
const net = require("net");
const hl7 = require("simple-hl7");

const port = Number(process.argv[2]);
const app = hl7.tcp();
app.use((request, response, next) => response.end());
app.start(port);
(function wait() {
  const probe = net.connect({ host: "127.0.0.1", port });
  probe.on("connect", () => { probe.destroy(); console.log("ready"); });
  probe.on("error", () => setTimeout(wait, 50));
})();

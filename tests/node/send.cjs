// node-hl7-client as sender: PORT FILE... ; prints MSA-1 and MSA-2 of each answer.
const fs = require("fs");
const { Client, Message } = require("node-hl7-client");

const [, , port, ...files] = process.argv;
const client = new Client({ host: "127.0.0.1" });
const sender = client.createConnection({ port: Number(port), waitAck: true }, async (answer) => {
  const message = answer.getMessage();
  console.log(message.get("MSA.1").toString(), message.get("MSA.2").toString());
  await next();
});

async function next() {
  const file = files.shift();
  if (file === undefined) {
    await sender.close();
    process.exit(0);
  }
  await sender.sendMessage(new Message({ text: fs.readFileSync(file, "utf8") }));
}

sender.on("connect", next);
sender.on("error", (error) => {
  console.error(String(error));
  process.exit(3);
});

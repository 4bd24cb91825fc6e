// A terminal of the server's in a browser: /sockets/native/terminals/{id} shown by xterm.js.
//
// The page's query: id, key, who. It reconnects where it left off when its connection is lost, and
// draws no more than it has acknowledged. `window.view` is for tests.
import { Terminal } from "./xterm.mjs";

const query = new URLSearchParams(location.search);
const WINDOW_BYTES = 256 * 1024;
const terminal = new Terminal({ cols: 80, rows: 24, scrollback: 5000, allowProposedApi: true });
terminal.open(document.getElementById("terminal"));

const view = {
  terminal,
  socket: null,
  offset: null, // of the next byte to be shown
  drawn: 0, // bytes of output, over all connections
  driver: null,
  messages: [], // everything but output, as it came
  screenBytes: 0, // the next binary message of that length is a picture, no output
  listeners: [],

  text() {
    const buffer = terminal.buffer.active;
    const lines = [];
    for (let row = 0; row < terminal.rows; row++) {
      lines.push(buffer.getLine(buffer.baseY + row).translateToString(true));
    }
    return lines.join("\n").trimEnd();
  },

  changed() {
    view.listeners = view.listeners.filter((listener) => !listener());
  },

  // Resolves when the predicate holds; looked at after everything that arrives.
  until(predicate) {
    return new Promise((resolve) => {
      const listener = () => {
        const holds = predicate();
        if (holds) resolve(true);
        return holds;
      };
      if (!listener()) view.listeners.push(listener);
    });
  },

  untilText: (text) => view.until(() => view.text().includes(text)),
  send: (message) => view.socket.send(JSON.stringify(message)),
  drop: () => view.socket.close(),
};
window.view = view;

function onText(message) {
  view.messages.push(message);
  if (message.type === "terminal") {
    view.driver = message.terminal.driver;
    terminal.resize(message.terminal.cols, message.terminal.rows);
    if (view.offset === null) view.offset = message.offset;
  } else if (message.type === "screen") {
    terminal.reset();
    terminal.resize(message.cols, message.rows);
    view.screenBytes = message.bytes;
    view.offset = message.offset;
  } else if (message.type === "resize") {
    terminal.resize(message.cols, message.rows);
  } else if (message.type === "driver") {
    view.driver = message.driver;
  }
  view.changed();
}

function onBytes(bytes, socket) {
  const isPicture = view.screenBytes > 0;
  if (isPicture) view.screenBytes = 0;
  else view.offset += bytes.length;
  terminal.write(bytes, () => {
    if (!isPicture) view.drawn += bytes.length;
    if (socket.readyState === WebSocket.OPEN) {
      socket.send(JSON.stringify({ type: "ack", bytes: bytes.length }));
    }
    view.changed();
  });
}

function connect() {
  const address = new URL(`/sockets/native/terminals/${query.get("id")}`, location.href);
  address.protocol = "ws:";
  address.searchParams.set("session_api_key", query.get("key"));
  address.searchParams.set("client", query.get("who"));
  address.searchParams.set("window", WINDOW_BYTES);
  if (view.offset !== null) address.searchParams.set("from", view.offset);
  else address.searchParams.set("replay", "true");
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) =>
    typeof data === "string" ? onText(JSON.parse(data)) : onBytes(new Uint8Array(data), socket);
  socket.onclose = () => {
    if (!view.messages.some((message) => message.type === "end")) connect();
  };
  view.socket = socket;
}

terminal.onData((data) => view.send({ type: "input", data }));
connect();

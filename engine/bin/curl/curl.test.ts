import { describe, expect, it } from "vitest";
import { lan } from "../../../test/support/lan";
import { type Answer, machineOn, play, type Played, serveHttp } from "../../../test/support/hosts";
import { curl } from "./index";

const ANSWERS: Readonly<Record<string, Answer>> = {
  "/": { body: "hello\n" },
  "/nf": { status: 404, body: "not here\n" },
  "/503": { status: 503, body: "busy\n" },
  "/slow": { body: "late\n", afterMs: 2000 },
  "/redir": { status: 302, headers: [["Location", "/"]] },
  "/empty": { raw: "", then: "close" },
  "/reset": { raw: "", then: "reset" },
  "/short": { raw: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", then: "close" },
  "/chunk": { raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n6\r\nworld\n\r\n0\r\n\r\n" },
  "/close": { headers: [["Connection", "close"]], body: "bye\n", then: "close" },
  "/big": { body: "x".repeat(300_000) },
};

function run(...args: string[]): Played {
  const net = lan();
  serveHttp(net.b, 8080, (method, path, body) => ANSWERS[path] ?? { body: `${method} ${path} ${body}\n` });
  return play(machineOn(net.a), curl, args);
}

const HOST = "http://10.244.1.11:8080";
const TRYING = "*   Trying 10.244.1.11:8080...\n* Connected to 10.244.1.11 (10.244.1.11) port 8080 (#0)\n";
const request = (first: string, ...more: string[]): string => [`${first} HTTP/1.1`, "Host: 10.244.1.11:8080", "User-Agent: curl/7.88.1", "Accept: */*", ...more, ""].map((line) => `> ${line}\r\n`).join("");
const reply = (...lines: string[]): string => [...lines, ""].map((line) => `< ${line}\r\n`).join("");
const METER = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n";
const ZERO = "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0";

describe("curl", () => {
  it("prints the body, and with -v what travels", () => {
    expect(run("-s", `${HOST}/`)).toMatchObject({ exit: 0, all: "hello\n" });
    expect(run("-sv", `${HOST}/`)).toMatchObject({ exit: 0, all: `${TRYING}${request("GET /")}${reply("HTTP/1.1 200 OK", "Content-Length: 6")}{ [6 bytes data]\n* Connection #0 to host 10.244.1.11 left intact\nhello\n` });
  });

  it("shows its meter when the body does not go to a terminal", () => {
    expect(run(`${HOST}/nf`).err).toMatch(/^ {2}% Total[^\n]*\n[^\n]*\n\r {2}0 {5}0 .*\r100 {5}9 {2}100 {5}9 {4}0 {5}0 +\d+k? {6}0 --:--:-- --:--:-- --:--:-- +\d+\n$/);
    expect(run("http://10.244.1.11:9/")).toMatchObject({ exit: 7, all: `${METER}${ZERO}${ZERO}\ncurl: (7) Failed to connect to 10.244.1.11 port 9 after 0 ms: Couldn't connect to server\n` });
  });

  it("follows redirects on the same connection", () => {
    const { all } = run("-svL", `${HOST}/redir`);
    expect(all.replace(/0x55[0-9a-f]+/, "0x…")).toBe(
      `${TRYING}${request("GET /redir")}${reply("HTTP/1.1 302 Found", "Location: /", "Content-Length: 0")}* Connection #0 to host 10.244.1.11 left intact\n* Issue another request to this URL: '${HOST}/'\n* Found bundle for host: 0x… [serially]\n* Can not multiplex, even if we wanted to\n* Re-using existing connection #0 with host 10.244.1.11\n${request("GET /")}${reply("HTTP/1.1 200 OK", "Content-Length: 6")}{ [6 bytes data]\n* Connection #0 to host 10.244.1.11 left intact\nhello\n`,
    );
  });

  it.each([
    [["-sS", "http://10.244.1.11:9/"], 7, "curl: (7) Failed to connect to 10.244.1.11 port 9 after 0 ms: Couldn't connect to server\n"],
    [["-sS", `${HOST}/empty`], 52, "curl: (52) Empty reply from server\n"],
    [["-sS", `${HOST}/reset`], 56, "curl: (56) Recv failure: Connection reset by peer\n"],
    [["-sS", `${HOST}/short`], 18, "curl: (18) transfer closed with 97 bytes remaining to read\nabc"],
    [["-sS", "-m", "1", `${HOST}/slow`], 28, "curl: (28) Operation timed out after 1000 milliseconds with 0 bytes received\n"],
    [["-sSf", `${HOST}/nf`], 22, "curl: (22) The requested URL returned error: 404\n"],
    [["-s", "--fail-with-body", `${HOST}/nf`], 22, "not here\n"],
    [["-s", `${HOST}/chunk`], 0, "hello world\n"],
    [["-s", "-d", "a=b", "-d", "c", `${HOST}/p`], 0, "POST /p a=b&c\n"],
    [["-s", "-G", "-d", "a=b", `${HOST}/p`], 0, "GET /p?a=b \n"],
    [["-sI", `${HOST}/`], 0, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"],
    [["-si", `${HOST}/`], 0, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n"],
    [["-s", "-o", "/dev/null", "-w", "%{http_code} %{size_download} %{remote_ip}:%{remote_port}\\n", `${HOST}/nf`], 0, "404 9 10.244.1.11:8080\n"],
    [["-sS", "https://10.244.1.11/"], 2, "curl: not modelled: https\n"],
    [["-sS", "foo://x/"], 1, 'curl: (1) Protocol "foo" not supported or disabled in libcurl\n'],
    [["-sS", "http://"], 3, "curl: (3) URL using bad/illegal format or missing URL\n"],
    [["--foo"], 2, "curl: option --foo: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n"],
    [["-m"], 2, "curl: option -m: requires parameter\ncurl: try 'curl --help' or 'curl --manual' for more information\n"],
    [["-m", "x", HOST], 2, "curl: option -m: expected a proper numerical parameter\ncurl: try 'curl --help' or 'curl --manual' for more information\n"],
    [["-x", "http://1.2.3.4", HOST], 2, "curl: not modelled: -x\n"],
    [["--http0.9", HOST], 2, "curl: not modelled: --http0.9\n"],
    [["-s"], 2, "curl: no URL specified!\ncurl: try 'curl --help' or 'curl --manual' for more information\n"],
    [[], 2, "curl: try 'curl --help' or 'curl --manual' for more information\n"],
    [["-fsS", "--retry", "1", `${HOST}/503`], 22, "curl: (22) The requested URL returned error: 503\ncurl: (22) The requested URL returned error: 503\n"],
    [["-s", `${HOST}/{a,b}[1-2]`], 0, "GET /a1 \nGET /a2 \nGET /b1 \nGET /b2 \n"],
  ] as const)("%j", (args, exit, all) => {
    expect(run(...args)).toMatchObject({ exit, all });
  });

  it("tells a time-out from a refusal from a missing host from a missing route", () => {
    expect(run("-sSv", "-m", "2", "http://10.244.1.77:80/")).toMatchObject({ exit: 28, all: "*   Trying 10.244.1.77:80...\n* Connection timed out after 2000 milliseconds\n* Closing connection 0\ncurl: (28) Connection timed out after 2000 milliseconds\n" });
    expect(run("-sSv", "--connect-timeout", "1", "http://10.244.1.77:80/")).toMatchObject({ exit: 28, err: "*   Trying 10.244.1.77:80...\n* ipv4 connect timeout after 1000ms, move on!\n* Failed to connect to 10.244.1.77 port 80 after 1000 ms: Timeout was reached\n* Closing connection 0\ncurl: (28) Failed to connect to 10.244.1.77 port 80 after 1000 ms: Timeout was reached\n" });
    expect(run("-sSv", "http://10.244.1.77:80/").err.replace(/after \d+ ms/g, "after N ms")).toBe("*   Trying 10.244.1.77:80...\n* connect to 10.244.1.77 port 80 failed: No route to host\n* Failed to connect to 10.244.1.77 port 80 after N ms: Couldn't connect to server\n* Closing connection 0\ncurl: (7) Failed to connect to 10.244.1.77 port 80 after N ms: Couldn't connect to server\n");
    expect(run("-sSv", "http://203.0.113.5/").err).toBe("*   Trying 203.0.113.5:80...\n* Immediate connect fail for 203.0.113.5: Network is unreachable\n* Failed to connect to 203.0.113.5 port 80 after 0 ms: Couldn't connect to server\n* Closing connection 0\ncurl: (7) Failed to connect to 203.0.113.5 port 80 after 0 ms: Couldn't connect to server\n");
  });
});

import { describe, expect, it } from "vitest";
import { machineOn, play, serveHttp } from "../../../test/support/hosts";
import { lan } from "../../../test/support/lan";
import { nc } from "./index";

const SERVICES = "http 80/tcp www\ntproxy 8081/tcp\n";

function client(args: readonly string[], stdin = "") {
  const net = lan();
  serveHttp(net.b, 8081, (method, path) => ({ body: `${method} ${path}\n`, then: "close" }));
  return play(machineOn(net.a, { "/etc/services": SERVICES }), nc, args, { stdin });
}

describe("nc", () => {
  it.each([
    [["-zv", "10.244.1.11", "8081"], 0, "Connection to 10.244.1.11 8081 port [tcp/tproxy] succeeded!\n"],
    [["-zvn", "10.244.1.11", "8080-8082"], 0, "nc: connect to 10.244.1.11 port 8080 (tcp) failed: Connection refused\nConnection to 10.244.1.11 8081 port [tcp/*] succeeded!\nnc: connect to 10.244.1.11 port 8082 (tcp) failed: Connection refused\n"],
    [["-zv", "-w", "1", "10.244.1.77", "80"], 1, "nc: connect to 10.244.1.77 port 80 (tcp) timed out: Operation now in progress\n"],
    [["-w", "1", "10.244.1.77", "80"], 1, ""],
    [["-v", "203.0.113.1", "80"], 1, "nc: connect to 203.0.113.1 port 80 (tcp) failed: Network is unreachable\n"],
    [["-zvu", "10.244.1.11", "999"], 1, ""],
    [["10.244.1.11"], 1, "nc: missing port number\n"],
    [["-zv", "10.244.1.11", "abc"], 1, "nc: port number invalid: abc\n"],
    [["-zv", "10.244.1.11", "70000"], 1, "nc: port number too large: 70000\n"],
    [["-x", "p", "h", "1"], 2, "nc: not modelled: -x\n"],
  ] as const)("%j", (args, exit, all) => {
    expect(client(args)).toMatchObject({ exit, all });
  });

  it("carries standard input there and the answer back", () => {
    expect(client(["10.244.1.11", "8081"], "GET /x HTTP/1.0\r\n\r\n")).toMatchObject({ exit: 0, out: "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nGET /x\n" });
  });

  it("listens, and says from whom it hears", () => {
    const net = lan();
    const server = machineOn(net.b, { "/etc/hosts": "10.244.1.5 client\n" });
    net.world.scheduler.after(10, () => void machineOn(net.a, {}, [nc]).start(nc, ["nc", "-N", "-d", "10.244.1.11", "7000"]));
    const { all } = play(server, nc, ["-lv", "7000"]);
    expect(all.replace(/\d{5}$/m, "PORT")).toBe("Listening on 0.0.0.0 7000\nConnection received on client PORT\n");
  });
});

import { describe, expect, it } from "vitest";
import { machineOn, play, type Played, serveHttp } from "../../../test/support/hosts";
import { lan } from "../../../test/support/lan";
import { wget } from "./index";

const HOST = "http://10.244.1.11:8080";
const START = "--2026-11-21 09:00:00--";
const CONNECTED = "Connecting to 10.244.1.11:8080... connected.\nHTTP request sent, awaiting response... ";

function run(...args: readonly string[]): Played {
  const net = lan();
  serveHttp(net.b, 8080, (method, path, body) => {
    if (path === "/nf") return { status: 404 };
    if (path === "/redir") return { status: 302, headers: [["Location", "/ok"]] };
    if (path === "/slow") return { body: "late\n", afterMs: 5000 };
    if (path === "/empty") return { raw: "", then: "close" };
    return { headers: [["Content-Type", "text/plain"]], body: `${method} ${path} ${body}\n` };
  });
  return play(machineOn(net.a), wget, args);
}

const withoutSpeed = (text: string): string => text.replace(/ +[\d.]+[KMG]=/g, " N=").replace(/\([\d.]+ [KMG]B\/s\)/g, "(N)");

describe("wget", () => {
  it("tells what it does, and writes the body where it was told to", () => {
    const { all, exit } = run("-O-", `${HOST}/ok`);
    expect(exit).toBe(0);
    expect(withoutSpeed(all)).toBe(`${START}  ${HOST}/ok\n${CONNECTED}200 OK\nLength: 9 [text/plain]\nSaving to: ‘STDOUT’\nGET /ok \n\n     0K${" ".repeat(55)}100% N=0s\n\n2026-11-21 09:00:00 (N) - written to stdout [9/9]\n\n`);
  });

  it.each([
    [["-qO-", `${HOST}/ok`], 0, "GET /ok \n"],
    [["-q", "--post-data=a=b", "-O-", `${HOST}/p`], 0, "POST /p a=b\n"],
    [["-O-", `${HOST}/nf`], 8, `${START}  ${HOST}/nf\n${CONNECTED}404 Not Found\n2026-11-21 09:00:00 ERROR 404: Not Found.\n\n`],
    [["--spider", `${HOST}/nf`], 8, `Spider mode enabled. Check if remote file exists.\n${START}  ${HOST}/nf\n${CONNECTED}404 Not Found\nRemote file does not exist -- broken link!!!\n\n`],
    [["-O-", "http://10.244.1.11:9/"], 4, `${START}  http://10.244.1.11:9/\nConnecting to 10.244.1.11:9... failed: Connection refused.\n`],
    [["-O-", "-t", "1", "-T", "1", `${HOST}/slow`], 4, `${START}  ${HOST}/slow\n${CONNECTED}Read error (Connection timed out) in headers.\nGiving up.\n\n`],
    [["-O-", "-t", "2", `${HOST}/empty`], 4, `${START}  ${HOST}/empty\n${CONNECTED}No data received.\nRetrying.\n\n--2026-11-21 09:00:01--  (try: 2)  ${HOST}/empty\n${CONNECTED}No data received.\nGiving up.\n\n`],
    [["-qO-", `${HOST}/redir`], 0, "GET /ok \n"],
    [[], 1, "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n"],
    [["--foo"], 2, "wget: unrecognized option '--foo'\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n"],
    [["-r", HOST], 2, "wget: not modelled: -r\n"],
  ] as const)("%j", (args, exit, all) => {
    expect(run(...args)).toMatchObject({ exit, all });
  });
});

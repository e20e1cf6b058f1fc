/** TCP and UDP sockets as netcat's copying loop sees them. */
import { SysError } from "../../core/errno";
import type { TcpSocket, UdpSocket } from "../../net/socket";
import type { Channel } from "./copy";

export function tcpChannel(socket: TcpSocket): Channel {
  return {
    readable: socket.readable,
    tryRead: () => {
      try {
        return socket.tryRecv(16_384);
      } catch (error) {
        if (error instanceof SysError) return undefined;
        throw error;
      }
    },
    write: (bytes) => socket.send(bytes),
    shutdown: () => {
      if (socket.state !== "CLOSED") socket.shutdown("write");
    },
  };
}

export function udpChannel(socket: UdpSocket): Channel {
  return {
    readable: socket.readable,
    tryRead: () => {
      try {
        return socket.tryRecvFrom()?.data ?? "later";
      } catch (error) {
        if (error instanceof SysError) return undefined;
        throw error;
      }
    },
    *write(bytes) {
      socket.send(bytes);
    },
    shutdown: () => {},
  };
}

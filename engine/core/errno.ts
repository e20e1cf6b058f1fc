/** A system call that failed: what errno(3) would say. Programs catch it and speak in their own words. */
export type Code = keyof typeof MESSAGES;

/** As strerror(3) of glibc prints them. */
export const MESSAGES = {
  EPERM: "Operation not permitted",
  ENOENT: "No such file or directory",
  ESRCH: "No such process",
  EINTR: "Interrupted system call",
  EIO: "Input/output error",
  E2BIG: "Argument list too long",
  EBADF: "Bad file descriptor",
  ECHILD: "No child processes",
  EAGAIN: "Resource temporarily unavailable",
  ENOMEM: "Cannot allocate memory",
  EACCES: "Permission denied",
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  ENODEV: "No such device",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  EINVAL: "Invalid argument",
  EXDEV: "Invalid cross-device link",
  ENXIO: "No such device or address",
  EMFILE: "Too many open files",
  EFBIG: "File too large",
  ENOSPC: "No space left on device",
  EROFS: "Read-only file system",
  EPIPE: "Broken pipe",
  ENAMETOOLONG: "File name too long",
  ENOTEMPTY: "Directory not empty",
  ELOOP: "Too many levels of symbolic links",
  EMSGSIZE: "Message too long",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ENETDOWN: "Network is down",
  ENETUNREACH: "Network is unreachable",
  ECONNABORTED: "Software caused connection abort",
  ECONNRESET: "Connection reset by peer",
  ENOBUFS: "No buffer space available",
  EISCONN: "Transport endpoint is already connected",
  ENOTCONN: "Transport endpoint is not connected",
  ETIMEDOUT: "Connection timed out",
  EDESTADDRREQ: "Destination address required",
  ECONNREFUSED: "Connection refused",
  EHOSTDOWN: "Host is down",
  EHOSTUNREACH: "No route to host",
  EALREADY: "Operation already in progress",
  EPROTO: "Protocol error",
  ENOPROTOOPT: "Protocol not available",
  EOPNOTSUPP: "Operation not supported",
  ENONET: "Machine is not on the network",
  EINPROGRESS: "Operation now in progress",
  ERANGE: "Numerical result out of range",
  ENOTTY: "Inappropriate ioctl for device",
} as const;

/** An Error in all but the stack trace: taking one costs more than the call that failed. */
export class SysError implements Error {
  declare readonly name: string;
  readonly message: string;

  constructor(readonly code: Code) {
    this.message = MESSAGES[code];
  }
}
Object.setPrototypeOf(SysError.prototype, Error.prototype);

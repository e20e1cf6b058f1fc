/** Where -w writes to: one file, or with -C and -G one after the other (MakeFilename, dump_packet_and_trunc). */
import { civil } from "../../core/date";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { wallMs } from "../../core/world";
import type { OpenFile, Proc } from "../../host/proc";
import { strftime } from "../../shell/strftime";
import { LINKTYPE, pcapHeader } from "../../wire/pcap";
import type { Settings } from "./settings";

export class OutputFiles {
  #file: OpenFile | undefined;
  #written = 0;
  #sinceSecond: number;
  /** How many times -G and -C have begun a new file. */
  #byTime = 0;
  #bySize = 0;

  constructor(
    private readonly proc: Proc,
    private readonly settings: Settings,
    private readonly cooked: boolean,
  ) {
    this.#sinceSecond = this.#second();
  }

  get wanted(): boolean {
    return this.settings.writeFile !== undefined;
  }

  /** False: it cannot be written, and that has been said. */
  *open(): Task<boolean> {
    const { writeFile } = this.settings;
    if (writeFile === undefined) return true;
    const name = this.#name(writeFile);
    try {
      this.#file = writeFile === "-" ? this.proc.file(1).retain() : this.proc.open(this.proc.resolve(name), "w");
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* this.proc.err(`tcpdump: ${name}: ${error.message}\n`);
      return false;
    }
    const header = pcapHeader(this.cooked ? LINKTYPE.sll2 : LINKTYPE.ethernet, this.settings.snaplen);
    this.#written = header.length;
    yield* this.#file.write(header);
    return true;
  }

  /** False: as many files as were asked for are full. */
  *write(record: Uint8Array): Task<boolean> {
    const { bytes, seconds, files } = this.settings.rotation;
    const second = this.#second();
    if (seconds !== undefined && second - this.#sinceSecond >= seconds) {
      this.#sinceSecond = second;
      this.close();
      if (bytes === undefined && files !== undefined && ++this.#byTime >= files) {
        yield* this.proc.err(`Maximum file limit reached: ${files}\n`);
        return false;
      }
      this.#bySize = 0;
      if (!(yield* this.open())) return false;
    }
    if (bytes !== undefined && this.#written > bytes) {
      this.close();
      this.#bySize++;
      if (files !== undefined && this.#bySize >= files) this.#bySize = 0;
      if (!(yield* this.open())) return false;
    }
    yield* this.#file?.write(record) ?? [];
    this.#written += record.length;
    return true;
  }

  close(): void {
    this.#file?.release();
    this.#file = undefined;
  }

  #second(): number {
    return Math.floor(wallMs(this.proc.world) / 1000);
  }

  /** "x", "x1", "x2" …; with -W "x00" … of one width; with -G the time of its beginning. */
  #name(path: string): string {
    const { bytes, seconds, files } = this.settings.rotation;
    const atMs = wallMs(this.proc.world);
    const dated = seconds === undefined ? path : strftime(path, civil(Math.floor(atMs)), atMs);
    if (bytes === undefined) return dated;
    if (files === undefined) return this.#bySize === 0 ? dated : `${dated}${this.#bySize}`;
    return `${dated}${String(this.#bySize).padStart(String(files - 1).length, "0")}`;
  }
}

/**
 * A container image: what an OCI image is to this world. Files, programs, and what to run.
 *
 * A registry is a list of images by reference; what is not on it cannot be pulled.
 */
import { hex, sha256 } from "../core/sha256";
import type { Program } from "../host/proc";

export type Image = {
  /** "registry.example.com/payments-api:1.4", complete: registry, repository, tag. */
  readonly reference: string;
  readonly sizeBytes: number;
  /** What its /usr/bin holds; the entry point is among them. */
  readonly programs: readonly Program[];
  /** Programs elsewhere: "/opt/bin/flanneld". */
  readonly executables?: Readonly<Record<string, Program>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
};

export class ImageRegistry {
  readonly #images = new Map<string, Image>();
  readonly #digests = new Map<string, string>();

  constructor(images: readonly Image[]) {
    for (const image of images) this.#images.set(image.reference, image);
  }

  /** By whatever a manifest writes: short names mean docker.io/library, no tag means latest. */
  find(reference: string): Image | undefined {
    return this.#images.get(completeReference(reference));
  }

  /** Of an image that is there: "registry.example.com/payments-api@sha256:…". */
  digestOf({ reference }: Image): string {
    const known = this.#digests.get(reference) ?? digestOf(reference);
    this.#digests.set(reference, known);
    return known;
  }

  hasRepository(reference: string): boolean {
    const repository = repositoryOf(completeReference(reference));
    return [...this.#images.keys()].some((known) => repositoryOf(known) === repository);
  }
}

/** distribution/reference's ParseNormalizedNamed and TagNameOnly. */
export function completeReference(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  const hasDomain = rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  const domain = hasDomain ? first : "docker.io";
  let path = hasDomain ? rest.join("/") : reference;
  if (domain === "docker.io" && !path.includes("/")) path = `library/${path}`;
  return /[:@]/.test(path) ? `${domain}/${path}` : `${domain}/${path}:latest`;
}

export function repositoryOf(reference: string): string {
  return reference.replace(/[:@][^/]*$/, "");
}

/** "registry.example.com/payments-api@sha256:…", as imageID shows it. */
export function digestOf(reference: string): string {
  return `${repositoryOf(reference)}@sha256:${hex(sha256(`image ${reference}`))}`;
}

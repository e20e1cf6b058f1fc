/** Whether a text can name an image: distribution/reference's ReferenceRegexp. */
const REFERENCE = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

export function isImageName(text: string): boolean {
  return REFERENCE.test(text);
}

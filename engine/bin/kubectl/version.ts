/** Which kubectl this is. */
export const VERSION = "v1.36.0";
export const KUSTOMIZE_VERSION = "v5.8.1";

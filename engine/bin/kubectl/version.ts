/** Which kubectl this is. It was built from no commit: those fields say so. */
export const VERSION = "v1.36.0";
export const KUSTOMIZE_VERSION = "v5.8.1";
export const BUILD = { gitCommit: "0000000000000000000000000000000000000000", gitTreeState: "clean", buildDate: "2026-05-20T00:00:00Z", goVersion: "go1.26.0", compiler: "gc", platform: "linux/amd64" } as const;

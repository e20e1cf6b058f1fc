/** The kubectl whose words these are, and which test/conformance/kubectl compares with. */
export const VERSION = "v1.36.3";
export const KUSTOMIZE_VERSION = "v5.8.1";
export const BUILD = { gitCommit: "0f29094e5b73085e3802ecc1298ecae13866bfe6", gitTreeState: "clean", buildDate: "2026-07-22T18:10:35Z", goVersion: "go1.26.5", compiler: "gc", platform: "linux/amd64" } as const;

/** The front door: nobody outside engine/ imports anything else. Plain data in, plain data out. */
export { checkLab, type LabReport } from "./lab/check";
export * from "./lab/contract";
export { checkJournal, readJournal } from "./lab/journal";
export { play, type Played } from "./lab/play";
export { labSummary, openSession, verifyJournal } from "./lab/equipped";
export { type Command, type Directive, parseTranscript, printTranscript, type Remark, type Step } from "./lab/transcript";
export { type Printed, typeLine } from "./lab/type-line";
export { ENGINE_VERSION } from "./lab/version";
export { isCompleteLine } from "./lab/complete-line";
export { jsonProblem } from "./lab/json-problem";
export { parseManifests } from "./lab/manifests";
export { kubeProxyText, proxyModeOf } from "./lab/kube-proxy-text";
export { ClusterLoad, type ClusterSize } from "./lab/cluster-load";
export { Load } from "./lab/load";
export { runScenario } from "./lab/scenario";
export { ENDPOINT_NETWORK, ServiceLoad, serviceAddress, type ServiceTexts, serviceTexts, type Which } from "./lab/service-load";
export { IpvsServiceLoad, ipvsServiceTexts } from "./lab/ipvs-service-load";
export { NftServiceLoad, nftServiceText } from "./lab/nft-service-load";

/**
 * The tools people type, as one parcel: what a world can begin without, because nobody has typed
 * anything yet. And what few worlds begin with: kube-proxy's modes besides the usual one.
 */
import type { YamlReader } from "../core/yaml-reader";
import type { Shelves } from "./catalogue";
import type { OtherModes } from "../node/proxy/start-backend";
import type { KubectlRest } from "./kubectl/main";

export type Tools = { readonly shelves: Shelves; readonly kubectl: KubectlRest; readonly proxyModes: OtherModes; /** For what is not plain YAML. */ readonly readYaml: YamlReader };

/** The API server: REST paths onto the store. */
import type { World } from "../core/world";
import type { ApiRequest, ApiResponse, KubeApi, WatchStream } from "./api";
import type { PodRuntime } from "./runtime";
import { Store } from "./store";

export class ApiServer implements KubeApi {
  readonly store: Store;
  /** Filled by node/: exec, attach, logs, port-forward. */
  runtime: PodRuntime | undefined;

  constructor(readonly world: World) {
    this.store = new Store(world);
  }

  request(request: ApiRequest): ApiResponse {
    throw new Error(`not yet: ${request.path}`);
  }

  watch(request: ApiRequest): WatchStream | ApiResponse {
    throw new Error(`not yet: ${request.path}`);
  }
}

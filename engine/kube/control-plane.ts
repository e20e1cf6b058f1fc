/** kube-controller-manager and kube-scheduler in one: everything that works on its own once the API is there. */
import type { World } from "../core/world";
import { type Controller, ControllerManager } from "./controller";
import { daemonSetController } from "./controllers/daemonset";
import { deploymentController } from "./controllers/deployment";
import { disruptionController } from "./controllers/disruption";
import { endpointsController } from "./controllers/endpoints";
import { endpointSliceController } from "./controllers/endpointslice";
import { endpointSliceMirroringController } from "./controllers/endpointslice-mirroring";
import { GarbageCollector } from "./controllers/garbage-collector";
import { jobController } from "./controllers/job";
import { namespaceController } from "./controllers/namespace";
import { nodeLifecycleController } from "./controllers/node-lifecycle";
import { podGarbageCollector } from "./controllers/pod-gc";
import { replicaSetController } from "./controllers/replicaset";
import { rootCaPublisher, serviceAccountController } from "./controllers/service-account";
import { statefulSetController } from "./controllers/statefulset";
import { taintEvictionController } from "./controllers/taint-eviction";
import { EventExpiry } from "./event-ttl";
import { Scheduler } from "./scheduler/scheduler";
import type { Store } from "./store";

export type ControlPlaneOptions = {
  /** What kube-root-ca.crt holds. */
  readonly certificate?: string;
  /** More controllers, of whoever builds the cluster: load balancers, Gateways. */
  readonly controllers?: readonly Controller[];
};

export class ControlPlane {
  readonly controllers: ControllerManager;
  readonly scheduler: Scheduler;
  readonly garbageCollector: GarbageCollector;
  readonly #expiry: EventExpiry;

  constructor(world: World, store: Store, { certificate = "", controllers = [] }: ControlPlaneOptions = {}) {
    this.controllers = new ControllerManager(world, store, [
      namespaceController,
      serviceAccountController,
      rootCaPublisher(certificate),
      deploymentController,
      replicaSetController,
      daemonSetController,
      statefulSetController,
      jobController,
      endpointsController,
      endpointSliceController,
      endpointSliceMirroringController,
      disruptionController,
      nodeLifecycleController(),
      taintEvictionController(),
      podGarbageCollector(),
      ...controllers,
    ]);
    this.scheduler = new Scheduler(world, store);
    this.garbageCollector = new GarbageCollector(world, store);
    this.#expiry = new EventExpiry(world, store);
  }

  start(): void {
    this.controllers.start();
    this.scheduler.start();
    this.garbageCollector.start();
    this.#expiry.start();
  }

  stop(): void {
    this.controllers.stop();
    this.scheduler.stop();
    this.garbageCollector.stop();
    this.#expiry.stop();
  }
}

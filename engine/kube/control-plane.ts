/** kube-controller-manager and kube-scheduler in one: everything that works on its own once the API is there. */
import type { World } from "../core/world";
import { type Controller, ControllerManager } from "./controller";
import { deploymentController } from "./controllers/deployment";
import { endpointsController } from "./controllers/endpoints";
import { endpointSliceController } from "./controllers/endpointslice";
import { GarbageCollector } from "./controllers/garbage-collector";
import { namespaceController } from "./controllers/namespace";
import { replicaSetController } from "./controllers/replicaset";
import { rootCaPublisher, serviceAccountController } from "./controllers/service-account";
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

  constructor(world: World, store: Store, { certificate = "", controllers = [] }: ControlPlaneOptions = {}) {
    this.controllers = new ControllerManager(world, store, [
      namespaceController,
      serviceAccountController,
      rootCaPublisher(certificate),
      deploymentController,
      replicaSetController,
      endpointsController,
      endpointSliceController,
      ...controllers,
    ]);
    this.scheduler = new Scheduler(world, store);
    this.garbageCollector = new GarbageCollector(world, store);
  }

  start(): void {
    this.controllers.start();
    this.scheduler.start();
    this.garbageCollector.start();
  }

  stop(): void {
    this.controllers.stop();
    this.scheduler.stop();
    this.garbageCollector.stop();
  }
}

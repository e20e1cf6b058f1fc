/** The control plane's beginning: what a new cluster holds before anybody has asked for anything, and the controllers that work on it. */
import type { World } from "../core/world";
import { bootstrap } from "../kube/bootstrap";
import { ControlPlane } from "../kube/control-plane";
import { ControllerManager } from "../kube/controller";
import type { Store } from "../kube/store";
import { daemonSets, nodeTaints } from "./node-controllers";

export function startControlPlane(world: World, store: Store): ControlPlane {
  bootstrap(store);
  const plane = new ControlPlane(world, store);
  const known = plane.controllers.names;
  const own = [daemonSets, nodeTaints].filter(({ name }) => !known.includes(name));
  plane.start();
  new ControllerManager(world, store, own).start();
  return plane;
}

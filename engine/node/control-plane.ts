/** The control plane's beginning: what a new cluster holds before anybody has asked for anything, and the controllers that work on it. */
import type { World } from "../core/world";
import { bootstrap } from "../kube/bootstrap";
import { ControlPlane } from "../kube/control-plane";
import type { Store } from "../kube/store";

export function startControlPlane(world: World, store: Store): ControlPlane {
  bootstrap(store);
  const plane = new ControlPlane(world, store);
  plane.start();
  return plane;
}

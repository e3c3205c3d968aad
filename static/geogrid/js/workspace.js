/** The workspace page. */

import { canDraw } from "./map/webgl.js";
import { Desk } from "./workspace/desk.js";
import { makeDivider } from "./workspace/divider.js";
import { History } from "./workspace/history.js";
import { Page, phone, region } from "./workspace/page.js";

const desk = new Desk();
const page = new Page(desk, () => desk.stage?.draw());

desk.store.set({ map: canDraw(), leftOpen: !phone() });
makeDivider(region("ws-divider"), region("ws-maps"));
page.draw();
// The network is back: what it left undone is done without being asked for.
globalThis.addEventListener("online", () => desk.state.offline && desk.actions.retry());

const started = new History(desk).start();
if (desk.state.map) {
  // The map's library is large: the panels need not wait for it.
  const { MapStage } = await import("./workspace/stage.js");
  desk.stage = new MapStage(desk, {
    main: region("ws-map"),
    side: region("ws-map-draft"),
    padding: () => page.padding(),
  });
  desk.stage.draw();
}
await started;
page.ask();

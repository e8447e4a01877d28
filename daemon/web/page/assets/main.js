// The page: every module below shows or changes one thing of the daemon.
import { connection } from "./connection.js";
import { startHeadline } from "./headline.js";
import { startNotice } from "./notice.js";
import { startSwitches } from "./switches.js";
import { startStrength } from "./strength.js";
import { startTalk } from "./talk.js";
import { startDevices, startFocus, startLatency, startOthers, startPresets } from "./pickers.js";
import { startVoice } from "./voice.js";
import { startSound } from "./sound.js";
import { startTiles } from "./tiles.js";
import { startTiming } from "./timing.js";
import { startRecorder } from "./recorder.js";
import { startFiles } from "./files.js";
import { loadMessages } from "./messages.js";
import { startWelcome } from "./welcome.js";
import { startEnrol } from "./enrol.js";
import { startLog } from "./log.js";

const parts = [
  startHeadline, startNotice, startSwitches, startStrength, startTalk, startDevices, startPresets, startOthers, startFocus, startLatency,
  startVoice, startSound, startTiles, startTiming, startRecorder, startFiles, startEnrol, startLog, startWelcome,
];
for (;;) {
  try {
    await loadMessages();
    break;
  } catch {
    await new Promise((again) => setTimeout(again, 1000)); // a daemon that has just ended may be back
  }
}
for (const start of parts) start(connection);
connection.open();

// What a call does with a loudspeaker: list, choose it by its label, play. Returns the labels, and
// what went wrong, as JSON.

async function speak(label, url) {
  // Labels are only shown to who has been allowed a microphone.
  const first = await navigator.mediaDevices.getUserMedia({ audio: true });
  first.getTracks().forEach((t) => t.stop());
  const outputs = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === 'audiooutput');
  const found = { outputs: outputs.map((d) => d.label) };
  const device = outputs.find((d) => d.label === label && d.deviceId !== 'default');
  if (!device) return JSON.stringify({ ...found, error: 'it is not listed' });
  document.querySelectorAll('audio').forEach((a) => a.remove());
  const audio = document.body.appendChild(new Audio(url));
  audio.loop = true;
  try {
    await audio.setSinkId(device.deviceId);
    await audio.play();
  } catch (e) {
    return JSON.stringify({ ...found, error: String(e) });
  }
  return JSON.stringify(found);
}

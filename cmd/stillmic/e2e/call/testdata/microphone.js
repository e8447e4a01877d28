// What a call does with a microphone: list, open by its label, listen. Returns
// what was found, as JSON.

const RECORDER = `
registerProcessor('recorder', class extends AudioWorkletProcessor {
  process(inputs) {
    if (inputs[0] && inputs[0][0]) this.port.postMessage(inputs[0][0].slice());
    return true;
  }
});`;

// record returns the samples of a stream over some seconds.
async function record(context, stream, seconds) {
  const node = new AudioWorkletNode(context, 'recorder');
  const chunks = [];
  node.port.onmessage = (e) => chunks.push(e.data);
  context.createMediaStreamSource(stream).connect(node);
  await new Promise((done) => setTimeout(done, seconds * 1000));
  node.disconnect();
  const samples = new Float32Array(chunks.reduce((n, c) => n + c.length, 0));
  let at = 0;
  for (const c of chunks) {
    samples.set(c, at);
    at += c.length;
  }
  return samples;
}

// tone returns the peak of a tone by Goertzel's algorithm: the median over
// windows of 100 ms of the last two seconds, because a browser on a busy
// machine loses some.
function tone(samples, frequency, rate) {
  const size = rate / 10;
  const peaks = [];
  for (let end = samples.length; end >= size && peaks.length < 20; end -= size) {
    const x = samples.subarray(end - size, end);
    const c = 2 * Math.cos((2 * Math.PI * frequency) / rate);
    let s1 = 0, s2 = 0;
    for (const v of x) [s1, s2] = [v + c * s1 - s2, s1];
    peaks.push((2 * Math.sqrt(Math.max(0, s1 * s1 + s2 * s2 - c * s1 * s2))) / size);
  }
  return peaks.sort((a, b) => a - b)[Math.floor(peaks.length / 2)];
}

async function hear(label) {
  const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  // Labels are only shown to who has been allowed a microphone.
  const first = await navigator.mediaDevices.getUserMedia({ audio: true });
  first.getTracks().forEach((t) => t.stop());
  const inputs = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === 'audioinput');
  const found = { inputs: inputs.map((d) => d.label) };
  const device = inputs.find((d) => d.label.includes(label) && d.deviceId !== 'default');
  if (!device) return JSON.stringify({ ...found, error: 'it is not listed' });
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { deviceId: { exact: device.deviceId }, channelCount: 1, ...raw },
  });
  const context = new AudioContext({ sampleRate: 48000 });
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([RECORDER], { type: 'text/javascript' })));
  const samples = await record(context, stream, 4);
  const tail = samples.subarray(Math.floor(samples.length / 2));
  let energy = 0;
  for (const v of tail) energy += v * v;
  found.rate = context.sampleRate;
  found.samples = samples.length;
  found.rms = Math.sqrt(energy / tail.length);
  found.tones = {};
  for (const f of [440, 1000, 1700]) found.tones[f] = tone(samples, f, context.sampleRate);
  return JSON.stringify(found);
}

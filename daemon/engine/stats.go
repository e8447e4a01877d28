package engine

// Stats is what an engine has counted and measures, at one time.
type Stats struct {
	Hops      uint64 // moved
	Missed    uint64 // of them took longer than 10 ms
	Xruns     uint64 // gaps in the source's audio
	Underruns uint64 // hops that the sink ran out of audio
	Overruns  uint64 // hops in which the sink dropped audio

	HopTime  Quantiles // time that a hop takes to compute
	DriftPPM float64   // by which the sink's clock is faster than the source's

	SpeechProbability float64 // of the last hop, 0 to 1
	InputDB, OutputDB float64 // level over 300 ms, dB re full scale, -100 at least
	VoiceDB           float64 // level of the speech that came in lately, -100 where too little has
}

// Stats returns the present ones.
func (e *Engine) Stats() Stats {
	return Stats{
		Hops: e.counts.hops.Load(), Missed: e.counts.missed.Load(),
		Xruns: e.counts.xruns.Load(), Underruns: e.counts.underruns.Load(), Overruns: e.counts.overruns.Load(),
		HopTime: e.counts.hopTimes.Quantiles(), DriftPPM: float64(e.latency.drift.get()),
		SpeechProbability: float64(e.meter.speech.get()),
		InputDB:           levelDB(e.meter.input.get()), OutputDB: levelDB(e.meter.output.get()),
		VoiceDB: levelDB(e.meter.voiceLevel.get()),
	}
}

// Hops returns how many hops were moved.
func (e *Engine) Hops() uint64 { return e.counts.hops.Load() }

// HopTimes returns how long hops took to compute; it goes on counting.
func (e *Engine) HopTimes() *Histogram { return &e.counts.hopTimes }

// NoiseReductionDB is how much quieter pauses come out than they go in, in dB,
// levelling left aside; 0 before the first pause.
func (e *Engine) NoiseReductionDB() float64 { return e.meter.reductionDB() }

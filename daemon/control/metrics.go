package control

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/speaker"
)

// newMetrics answers GET /metrics in Prometheus' text format. Everything is
// read from the API when it is asked, so that nothing is counted twice.
func newMetrics(api API) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collector{api}, collectors.NewGoCollector())
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// collector makes metrics of a status.
type collector struct{ api API }

// metric is a number of the status.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(*Status) float64
}

func gauge(name, help string, read func(*Status) float64) metric {
	return metric{prometheus.NewDesc("stillmic_"+name, help, nil, nil), prometheus.GaugeValue, read}
}

func counter(name, help string, read func(*Status) float64) metric {
	return metric{prometheus.NewDesc("stillmic_"+name, help, nil, nil), prometheus.CounterValue, read}
}

var metrics = []metric{
	counter("frames_total", "Hops of 10 ms processed.", func(s *Status) float64 { return float64(s.Frames) }),
	counter("xruns_total", "Times audio was lost before the engine.", func(s *Status) float64 { return float64(s.Xruns) }),
	counter("overruns_total", "Times the virtual microphone did not take audio in time.",
		func(s *Status) float64 { return float64(s.Overruns) }),
	counter("underruns_total", "Times the virtual microphone ran dry.", func(s *Status) float64 { return float64(s.Underruns) }),
	counter("missed_deadlines_total", "Hops that took more than 10 ms.",
		func(s *Status) float64 { return float64(s.MissedDeadlines) }),
	counter("suppressor_restarts_total", "Times the suppressor was started again after it failed.",
		func(s *Status) float64 { return float64(s.Restarts) }),
	counter("recoveries_total", "Times audio came back, or as it should be.",
		func(s *Status) float64 { return float64(s.Recoveries) }),
	counter("devices_lost_total", "Microphones that went away while they were recorded.",
		func(s *Status) float64 { return float64(s.LostDevices) }),
	counter("devices_changed_total", "Changes of the list of microphones.",
		func(s *Status) float64 { return float64(s.DevicesChanged) }),
	gauge("latency_seconds", "Delay from microphone to virtual microphone.",
		func(s *Status) float64 { return s.LatencyMS / 1000 }),
	gauge("clock_drift_ratio", "Difference of the devices' clocks that is made up for.",
		func(s *Status) float64 { return s.DriftPPM / 1e6 }),
	gauge("listeners", "Programs that record the virtual microphone, -1 if unknown.",
		func(s *Status) float64 { return float64(s.Listeners) }),
	gauge("strength_decibels", "Attenuation limit, 100 for none.", func(s *Status) float64 { return s.StrengthDB }),
	gauge("bypassed", "1 while nothing is removed.", func(s *Status) float64 { return number(s.Bypass) }),
	gauge("silent", "1 while muted, by the switch or the talk button.", func(s *Status) float64 { return number(s.Silent) }),
	gauge("speech_probability", "That the last hop holds speech.", func(s *Status) float64 { return s.SpeechProbability }),
	gauge("input_level_decibels", "Level of the microphone re full scale.", func(s *Status) float64 { return s.InputDB }),
	gauge("output_level_decibels", "Level of the virtual microphone re full scale.",
		func(s *Status) float64 { return s.OutputDB }),
	gauge("noise_reduction_decibels", "How much quieter pauses come out than they go in.",
		func(s *Status) float64 { return s.NoiseReductionDB }),
	gauge("speaker_running", "1 while programs play into Stillmic Speaker.",
		func(s *Status) float64 { return number(s.Speaker.State == speaker.Running) }),
	gauge("speaker_delay_seconds", "Delay from Stillmic Speaker to the output.",
		func(s *Status) float64 { return s.Speaker.DelayMS / 1000 }),
	counter("speaker_frames_total", "Hops of 10 ms that went through Stillmic Speaker.",
		func(s *Status) float64 { return float64(s.Speaker.Hops) }),
	counter("speaker_underruns_total", "Times the output behind Stillmic Speaker ran dry.",
		func(s *Status) float64 { return float64(s.Speaker.Underruns) }),
	counter("speaker_missed_deadlines_total", "Hops of Stillmic Speaker that took more than 10 ms.",
		func(s *Status) float64 { return float64(s.Speaker.Missed) }),
	counter("speaker_dropped_samples_total", "Samples that Stillmic Speaker left out to be in time.",
		func(s *Status) float64 { return float64(s.Speaker.Dropped) }),
	gauge("speaker_noise_reduction_decibels", "How much quieter pauses of the others come out than they go in.",
		func(s *Status) float64 { return s.Speaker.RemovedDB }),
	gauge("echo_cancelling", "1 while the echo of loudspeakers is taken off the microphone.",
		func(s *Status) float64 { return number(s.Echo.State == farend.Working) }),
	gauge("echo_delay_seconds", "Delay of the echo after what is played, 0 until it is found.",
		func(s *Status) float64 { return s.Echo.DelayMS / 1000 }),
	gauge("echo_reduction_decibels", "By how much the canceller lowers the microphone.",
		func(s *Status) float64 { return s.Echo.RemovedDB }),
	gauge("focus_working", "1 while others' voices are lowered where there are any.",
		func(s *Status) float64 { return number(s.Focus.State == focus.Working) }),
	gauge("focus_lowering", "1 while another's voice is lowered, and some seconds after.",
		func(s *Status) float64 { return number(s.Focus.Other) }),
	gauge("cpu_ratio", "Share of one processor that is used.", func(s *Status) float64 { return s.CPUPercent / 100 }),
	gauge("resident_memory_bytes", "Resident memory.", func(s *Status) float64 { return s.RSSMB * 1e6 }),
	gauge("uptime_seconds", "Time since the start.", func(s *Status) float64 { return s.UptimeS }),
}

var (
	stateDesc = prometheus.NewDesc("stillmic_state", "1 for the state the daemon is in, 0 for the others.", []string{"state"},
		nil)
	infoDesc  = prometheus.NewDesc("stillmic_build_info", "What is running.", []string{"version", "model"}, nil)
	frameDesc = prometheus.NewDesc("stillmic_frame_time_seconds", "Time spent on one hop of 10 ms.", nil, nil)
	states    = []State{Starting, WaitingForServer, WaitingForDevice, Running, Suspended, Degraded, Stopping}
)

// Describe implements prometheus.Collector.
func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range metrics {
		out <- m.desc
	}
	out <- stateDesc
	out <- infoDesc
	out <- frameDesc
}

// Collect implements prometheus.Collector.
func (c collector) Collect(out chan<- prometheus.Metric) {
	s := c.api.Status()
	for _, m := range metrics {
		out <- prometheus.MustNewConstMetric(m.desc, m.kind, m.read(&s))
	}
	for _, state := range states {
		out <- prometheus.MustNewConstMetric(stateDesc, prometheus.GaugeValue, number(s.State == state), string(state))
	}
	out <- prometheus.MustNewConstMetric(infoDesc, prometheus.GaugeValue, 1, s.Version, s.Model)
	out <- frameTimes(c.api.Histograms().FrameUS)
}

// frameTimes turns counts between edges into Prometheus' cumulative ones. The
// sum is taken at the middle of each bucket, right to within a bucket's width.
func frameTimes(h Histogram) prometheus.Metric {
	buckets := map[float64]uint64{}
	count, sum := uint64(0), 0.0
	for i, n := range h.Counts {
		low, high := h.Edges[i], h.Edges[i]
		if i+1 < len(h.Edges) {
			high = h.Edges[i+1]
		}
		count += n
		sum += float64(n) * (low + high) / 2 / 1e6
		if i+1 < len(h.Edges) {
			buckets[high/1e6] = count
		}
	}
	return prometheus.MustNewConstHistogram(frameDesc, count, sum, buckets)
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
